"""A file of a store, read by ranges: only what is read is fetched, and a little more."""

import errno
import io
import os

from focstream.files.store_path import StorePath

_LEAST_BYTES, _MOST_BYTES = 2**16, 2**22
"""What is fetched at once, where a read begins somewhere and where it goes on: a request takes ~30 ms."""


def open_in_store(path: StorePath) -> io.BufferedReader:
    """Open a file for reading by ranges; while it is read, what the store says is an OSError.

    Raises
    ------
    FileNotFoundError, InputError
        When it is not there, or the store cannot be asked.
    """
    return io.BufferedReader(_StoreFile(path), _LEAST_BYTES)


class _StoreFile(io.RawIOBase):
    """Fetches ahead the more, the longer it is read without a jump."""

    def __init__(self, path: StorePath) -> None:
        self._path = path
        self._size = path.stat().st_size
        self._at = 0
        self._kept, self._kept_from = b"", 0
        self._ahead_bytes = _LEAST_BYTES

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._at = max(0, offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence])
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]  # as BufferedReader calls it
        wanted = min(len(buffer), max(self._size - self._at, 0))
        kept_to = self._kept_from + len(self._kept)
        if wanted and not self._kept_from <= self._at < kept_to:
            self._fetch(wanted, goes_on=self._at == kept_to)
        begin = self._at - self._kept_from
        data = self._kept[begin : begin + wanted]
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def _fetch(self, wanted: int, *, goes_on: bool) -> None:
        self._ahead_bytes = min(2 * self._ahead_bytes, _MOST_BYTES) if goes_on else _LEAST_BYTES
        end = min(self._at + max(wanted, self._ahead_bytes), self._size)
        store, path = self._path.opened()
        try:
            self._kept, self._kept_from = store.cat_file(path, start=self._at, end=end), self._at
        except Exception as error:  # every store raises its own
            raise OSError(errno.EIO, f"the store says: {error}", str(self._path)) from error
        if not self._kept:
            raise OSError(errno.EIO, "the store gave nothing: the file became shorter", str(self._path))
