"""Clocks that a simulated rig may run by."""

import time
from typing import Protocol

from focstream.clock import now_ns


class Clock(Protocol):
    """Gives the time and lets it pass."""

    def now_ns(self) -> int:
        """Nanoseconds since the epoch."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        ...


class VirtualClock:
    """A clock that runs only while somebody waits: a simulated calibration takes seconds, not minutes."""

    def __init__(self) -> None:
        self._now_ns = 1_700_000_000_000_000_000

    def now_ns(self) -> int:
        """Nanoseconds since the epoch, of the simulation."""
        return self._now_ns

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self._now_ns += max(round(seconds * 1e9), 1)


class HostClock:
    """The clock of this machine."""

    def now_ns(self) -> int:
        """Nanoseconds since the epoch."""
        return now_ns()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)
