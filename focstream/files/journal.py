"""A file of lines that only grows, and that no end of the program takes back."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

from focstream.errors import InputError
from focstream.files.user_file import open_file
from focstream.files.writing import writing

try:
    import fcntl
except ImportError:  # Windows: there nothing keeps two programs from writing to one journal
    fcntl = None  # type: ignore[assignment]

_SYNC_S = 5.0
_LONGEST_LINE = 2**20


def journal_of(table: Path) -> Path:
    """Return where the rows of a table are while it grows."""
    return table.with_name(f"{table.name}.jsonl")


class Journal:
    """Takes whole lines; of one that a program that was killed had begun to write nothing is left.

    Parameters
    ----------
    path
        The file; what is there is gone on with.
    option
        By which it was asked for, for messages.
    goes_on
        How the user goes on with it.

    Raises
    ------
    InputError
        When another program writes to it, or it cannot be written.
    """

    def __init__(self, path: Path, *, option: str, goes_on: str) -> None:
        self.path = path
        self._option, self._goes_on = option, goes_on
        self.remedy = f"make room there, or give another {option}"
        with writing(path, remedy=self.remedy):
            self._file = path.open("a+b", buffering=0)
        try:
            self._lock()
            self._cut_off_torn_line()
        except BaseException:
            self._file.close()
            raise
        self._synced_s = time.monotonic()

    @property
    def size_bytes(self) -> int:
        """Of what is in it."""
        return os.fstat(self._file.fileno()).st_size

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it."""
        return self.size_bytes == 0

    @property
    def is_closed(self) -> bool:
        """Whether it was closed."""
        return self._file.closed

    def write(self, text: str) -> None:
        """Add lines; they are in the file when this returns.

        Raises
        ------
        InputError
            When they cannot be written; what was written before is there.
        """
        left = text.encode()
        with writing(self.path, remedy=f"{self.remedy}; {self._goes_on}"):
            while left:
                left = left[self._file.write(left) :]
            if time.monotonic() - self._synced_s > _SYNC_S:
                os.fsync(self._file.fileno())
                self._synced_s = time.monotonic()

    def lines(self) -> Iterator[bytes]:
        """Yield them from the first on.

        Raises
        ------
        InputError
            When they cannot be read.
        """
        with open_file(self.path, what=self._option) as lines:
            yield from iter(lambda: lines.readline(_LONGEST_LINE), b"")

    def clear(self) -> None:
        """Take all lines out of it.

        Raises
        ------
        InputError
            When it cannot be written.
        """
        with writing(self.path, remedy=self.remedy):
            self._file.truncate(0)

    def close(self) -> None:
        """Close it; one that holds nothing is removed. May be called twice."""
        if not self.is_closed:
            if self.is_empty:
                self.path.unlink(missing_ok=True)
            self._file.close()

    def _lock(self) -> None:
        try:
            if fcntl is not None:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise InputError(
                f"{self.path} is in use by another run: wait for it, or give another {self._option}"
            ) from None

    def _cut_off_torn_line(self) -> None:
        with writing(self.path, remedy=self.remedy):
            at = max(self.size_bytes - _LONGEST_LINE, 0)
            self._file.seek(at)
            self._file.truncate(at + self._file.read().rfind(b"\n") + 1)
