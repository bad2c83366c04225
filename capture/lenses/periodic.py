"""Things that are done now and then, by whoever comes by."""

import time


class Periodic:
    """Tells when a period is over.

    Parameters
    ----------
    period_s
        Between two times.
    """

    def __init__(self, period_s: float = 1.0) -> None:
        self._period_s = period_s
        self._due_s = 0.0

    def due(self) -> bool:
        """Whether it is time again; if so, the next period begins."""
        now_s = time.monotonic()
        if now_s < self._due_s:
            return False
        self._due_s = now_s + self._period_s
        return True
