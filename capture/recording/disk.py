"""A new file that knows before it writes whether there is room."""

import errno
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, Self

from focstream.program.descriptors import when_one_is_free
from focstream.types import InputError

_STEP_BYTES = 16 * 2**20
_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
_TRIES, _WAIT_S = 5, 0.1  # some file systems have the room of a deleted file a moment later


class Output(Protocol):
    """What an MCAP writer of ours writes to; see `Disk`."""

    def reserve(self, bytes_ahead: int) -> None:
        """Make sure that so many bytes more can be written."""
        ...

    def write(self, data: bytes) -> int:
        """Write all of it."""
        ...

    def tell(self) -> int:
        """Bytes written."""
        ...

    def flush(self) -> None:
        """Hold nothing back."""
        ...

    def close(self, *, sync: bool = True) -> None:
        """Give back what was reserved, and with `sync` see the rest to the disk."""
        ...


class Disk:
    """The output of an MCAP writer: unbuffered, and with room reserved ahead.

    A disk that fills up in the middle of a record would leave a torn file. So a writer asks for room
    first, and with it for room to end the file; the reserve that was not used is given back at the end.

    Parameters
    ----------
    path
        Of the file; it must not exist yet.
    make_room
        Called when the disk is full: deletes something, or returns False when there is nothing to delete.

    Raises
    ------
    OSError
        When it cannot be made.
    """

    def __init__(self, path: Path, *, make_room: Callable[[], bool] = lambda: False) -> None:
        self._make_room = make_room
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        self._file = when_one_is_free(lambda: os.open(path, flags, 0o666))
        self._at = 0
        self._reserved = 0

    def reserve(self, bytes_ahead: int) -> None:
        """Make sure that so many bytes more can be written.

        Raises
        ------
        OSError
            When they cannot; nothing has changed then.
        """
        wanted = self._at + bytes_ahead
        if not hasattr(os, "posix_fallocate") or wanted <= self._reserved:
            return
        while not self._allocated(wanted):
            if not self._make_room():
                self._allocate(wanted)
                return
            for _ in range(_TRIES):
                if self._allocated(wanted):
                    return
                time.sleep(_WAIT_S)

    def _allocated(self, wanted: int) -> bool:
        """Reserve room up to `wanted`, and ahead; False when the disk is full."""
        try:
            self._allocate(wanted + _STEP_BYTES)
        except OSError:  # not so much; but perhaps what is needed
            try:
                self._allocate(wanted)
            except OSError as error:
                if error.errno not in _FULL:
                    raise
                return False
        return True

    def _allocate(self, until: int) -> None:
        os.posix_fallocate(self._file, self._reserved, until - self._reserved)
        self._reserved = until

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

    def close(self, *, sync: bool = True) -> None:
        """Give back what was reserved and not used, and with `sync` see the rest to the disk.

        May be called twice.

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
            if sync:
                os.fsync(file)
        finally:
            os.close(file)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def new_output(path: Path, make: Callable[[Path], Output], *, named: Path) -> Output:
    """Make the file of a recording, which messages call `named`.

    Raises
    ------
    InputError
        When it exists or cannot be made.
    """
    try:
        return make(path)
    except FileExistsError:
        raise InputError(f"{named} exists and is not replaced: record to a new file") from None
    except OSError as error:
        raise cannot_record(named, error) from error


def cannot_record(path: Path, error: OSError) -> InputError:
    """Explain why nothing can be recorded there."""
    return InputError(
        f"cannot record to {path}: {error.strerror}; choose a folder that exists, is writable, and has room"
    )
