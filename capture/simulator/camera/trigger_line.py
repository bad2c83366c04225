"""The wire from a trigger output to a simulated camera."""

import threading
from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggeredExposure:
    """One exposure that a pulse started; `frame_id` counts them, those that nobody fetched too."""

    frame_id: int
    start_ns: int


class TriggerLine:
    """Takes pulses from one thread and hands exposures to another.

    Parameters
    ----------
    period_s
        What a camera needs for one exposure: a pulse that comes earlier is ignored, as cameras do.
    buffers
        Exposures that wait for the reader; older ones are overwritten.
    """

    def __init__(self, *, period_s: float, buffers: int) -> None:
        self._period_ns = round(period_s * 1e9)
        self._waiting: deque[TriggeredExposure] = deque(maxlen=buffers)
        self._arrived = threading.Condition()
        self._count = 0
        self._busy_until_ns = 0

    def pulse(self, time_ns: int) -> None:
        """Put a pulse on the line, at this time on the host's clock."""
        with self._arrived:
            if time_ns < self._busy_until_ns:
                return
            self._busy_until_ns = time_ns + self._period_ns
            self._waiting.append(TriggeredExposure(frame_id=self._count, start_ns=time_ns))
            self._count += 1
            self._arrived.notify_all()

    def next(self, timeout_s: float) -> TriggeredExposure | None:
        """Return the oldest exposure not fetched yet; None when none was started in time."""
        with self._arrived:
            self._arrived.wait_for(lambda: bool(self._waiting), timeout_s)
            return self._waiting.popleft() if self._waiting else None
