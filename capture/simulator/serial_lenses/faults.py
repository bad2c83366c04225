"""What can go wrong with an emulated lens, on demand."""

import time
from collections.abc import Callable
from threading import Lock
from typing import Literal

FaultKind = Literal["corrupt", "late-error", "silent", "unplug"]


class Faults:
    """The faults that an emulated lens is to have. Set by one thread, looked at by another.

    Parameters
    ----------
    kind
        A fault to have from the start, once `after_s` are over; None = none.
    after_s
        Seconds from the first byte that arrives.
    clock
        Seconds.
    """

    def __init__(
        self,
        kind: FaultKind | None = None,
        *,
        after_s: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._kind = kind
        self._after_s = after_s
        self._clock = clock
        self._since_s: float | None = None
        self._lock = Lock()
        self._corrupt = self._late = 0
        self._silent = False

    def corrupt_replies(self, count: int = 1) -> None:
        """Damage the next answers."""
        with self._lock:
            self._corrupt = count

    def late_errors(self, count: int = 1) -> None:
        """Send an error frame before the next answers, as a controller does after a damaged command."""
        with self._lock:
            self._late = count

    def fall_silent(self, silent: bool = True) -> None:
        """Answer nothing any more, or again."""
        with self._lock:
            self._silent = silent

    def unplugged(self) -> bool:
        """Whether it is time to pull the plug; also lets the other faults of the start begin."""
        if self._kind is None:
            return False
        if self._since_s is None:
            self._since_s = self._clock()
        if self._clock() - self._since_s < self._after_s:
            return False
        kind, self._kind = self._kind, None
        if kind == "corrupt":
            self.corrupt_replies(1_000_000)
        elif kind == "late-error":
            self.late_errors()
        elif kind == "silent":
            self.fall_silent()
        return kind == "unplug"

    def spoil(self, reply: bytes, *, error: bytes) -> bytes:
        """Return what is sent instead of `reply`.

        Parameters
        ----------
        reply
            Not empty.
        error
            What the controller sends after a damaged command.
        """
        with self._lock:
            if self._silent:
                return b""
            if self._corrupt:
                self._corrupt -= 1
                middle = len(reply) // 2
                reply = reply[:middle] + bytes((reply[middle] ^ 0x15,)) + reply[middle + 1 :]
            if self._late:
                self._late -= 1
                reply = error + reply
            return reply
