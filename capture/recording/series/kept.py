"""The files of a recording that are done, and which of them go when they become too many."""

import logging
import os
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from capture.recording.file_writer import FileWriter
from focstream.counted import counted

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Done:
    """A file that has its end; the identity is its own, wherever its name leads later."""

    path: Path
    part: int
    size_bytes: int
    slices: int
    sweeps: int
    identity: tuple[int, int]


class KeptFiles:
    """Knows the files of one run that are done, and deletes the oldest.

    Only files that were added are ever deleted, and only while their names still lead to them.

    Parameters
    ----------
    most_bytes
        How much the run may hold; None for no limit.

    Attributes
    ----------
    first
        The oldest part that is not deleted.
    deleted
        How many files were deleted.
    slices_deleted
        That were in them.
    """

    def __init__(self, most_bytes: int | None) -> None:
        self._most_bytes = most_bytes
        self._files: deque[_Done] = deque()
        self._held_bytes = 0
        self.first = 0
        self.deleted = 0
        self.slices_deleted = 0

    def add(self, writer: FileWriter, *, part: int) -> None:
        """Take note of a file that has its end; parts come in their order."""
        try:
            found = writer.path.stat()
        except OSError:  # somebody moved it: then it is not ours to delete
            return
        self._held_bytes += found.st_size
        self._files.append(
            _Done(
                path=writer.path,
                part=part,
                size_bytes=found.st_size,
                slices=writer.slices,
                sweeps=writer.sweeps,
                identity=(found.st_dev, found.st_ino),
            )
        )

    def trim(self, writing_bytes: int) -> None:
        """Delete the oldest files until the run, with what is being written, holds no more than it may."""
        while self._files and self._holds_more(writing_bytes):
            self._drop_oldest("the recording holds as much as --record.keep-gib says", level=logging.INFO)

    def make_room(self) -> bool:
        """Delete the oldest file because the disk is full; False when there is none, or none may go."""
        while self._most_bytes is not None and self._files:
            if self._drop_oldest("the disk is full", level=logging.WARNING):
                return True
        return False

    def _holds_more(self, writing_bytes: int) -> bool:
        return self._most_bytes is not None and self._held_bytes + writing_bytes > self._most_bytes

    def _drop_oldest(self, why: str, *, level: int) -> bool:
        """Count the oldest file no longer, and delete it if it is where it was; whether it was deleted."""
        oldest = self._files.popleft()
        self._held_bytes -= oldest.size_bytes
        if not _is_there(oldest) or not _deleted(oldest.path):
            return False
        self.first = oldest.part + 1
        self.deleted += 1
        self.slices_deleted += oldest.slices
        what = f"{counted(oldest.slices, 'slice')} of {counted(oldest.sweeps, 'sweep')}"
        _log.log(level, "%s: deleted, %s: %s", oldest.path, why, what)
        return True


def _is_there(file: _Done) -> bool:
    """Whether the name still leads to the file that was written."""
    try:
        found = os.lstat(file.path)
    except OSError:
        return False
    return (found.st_dev, found.st_ino) == file.identity


def _deleted(path: Path) -> bool:
    try:
        path.unlink()
    except OSError as error:
        _log.warning("%s: cannot be deleted (%s): more is kept than asked for", path, error.strerror)
        return False
    return True
