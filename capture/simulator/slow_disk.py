"""A disk that takes only so much a second, for trials of what records to it."""

import time
from collections.abc import Callable
from pathlib import Path

from capture.recording.disk import Disk

_STEP_BYTES = 64 * 2**10
_LONGEST_S = 3600.0


class SlowDisk:
    """An `Output` that passes everything on to a `Disk`, slowly.

    Parameters
    ----------
    path
        Of the file; it must not exist yet.
    mib_s
        MiB that it takes a second.
    make_room
        As of `Disk`.

    Raises
    ------
    OSError
        When the file cannot be made.
    """

    def __init__(self, path: Path, *, mib_s: float, make_room: Callable[[], bool] = lambda: False) -> None:
        self._disk = Disk(path, make_room=make_room)
        self._bytes_s = mib_s * 2**20

    def reserve(self, bytes_ahead: int) -> None:
        """As of `Disk`."""
        self._disk.reserve(bytes_ahead)

    def write(self, data: bytes) -> int:
        """As of `Disk`, but in its own time."""
        for start in range(0, len(data), _STEP_BYTES):
            part = data[start : start + _STEP_BYTES]
            self._disk.write(part)
            time.sleep(min(len(part) / self._bytes_s, _LONGEST_S))
        return len(data)

    def tell(self) -> int:
        """As of `Disk`."""
        return self._disk.tell()

    def flush(self) -> None:
        """As of `Disk`."""

    def close(self, *, sync: bool = True) -> None:
        """As of `Disk`."""
        self._disk.close(sync=sync)
