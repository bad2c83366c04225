"""Work that is due once in a period."""

import time


class Periodic:
    """Reports when a period is over.

    Parameters
    ----------
    period_s
        Between two times.
    """

    def __init__(self, period_s: float = 1.0) -> None:
        self._period_s = period_s
        self._due_s = 0.0

    def due(self) -> bool:
        """Return True when it is time again; the next period then begins."""
        now_s = time.monotonic()
        if now_s < self._due_s:
            return False
        self._due_s = now_s + self._period_s
        return True
