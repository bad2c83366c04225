"""A new file that knows before it writes whether there is room."""

import os
from pathlib import Path
from typing import Self

_STEP_BYTES = 16 * 2**20


class Disk:
    """The output of an MCAP writer: unbuffered, and with room reserved ahead.

    A disk that fills up in the middle of a record would leave a torn file. So a writer asks for room
    first, and with it for room to end the file; the reserve that was not used is given back at the end.

    Parameters
    ----------
    path
        Of the file; it must not exist yet.

    Raises
    ------
    OSError
        When it cannot be made.
    """

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
        self._at = 0
        self._reserved = 0

    def reserve(self, bytes_ahead: int) -> None:
        """Make sure that so many bytes more can be written.

        Raises
        ------
        OSError
            When they cannot; nothing has changed then.
        """
        allocate = getattr(os, "posix_fallocate", None)
        wanted = self._at + bytes_ahead
        if allocate is None or wanted <= self._reserved:
            return
        try:
            allocate(self._file, self._reserved, wanted + _STEP_BYTES - self._reserved)
            self._reserved = wanted + _STEP_BYTES
        except OSError:  # not so much; but perhaps what is needed
            allocate(self._file, self._reserved, wanted - self._reserved)
            self._reserved = wanted

    def write(self, data: bytes) -> int:
        """Write all of it.

        Raises
        ------
        OSError
            When the disk is full nevertheless, or fails; nothing of `data` is in the file then.
        """
        left = memoryview(data)
        start = self._at
        try:
            while left:
                written = os.write(self._file, left)
                left = left[written:]
                self._at += written
        except OSError:
            self._at = start
            os.lseek(self._file, start, os.SEEK_SET)
            raise
        return len(data)

    def tell(self) -> int:
        """Bytes written."""
        return self._at

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Give back what was reserved and not used, and see the rest to the disk. May be called twice.

        Raises
        ------
        OSError
            When the disk fails.
        """
        if self._file < 0:
            return
        file, self._file = self._file, -1
        try:
            os.ftruncate(file, self._at)
            os.fsync(file)
        finally:
            os.close(file)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
