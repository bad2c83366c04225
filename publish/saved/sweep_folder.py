"""Where sweeps are saved: numbered folders that appear complete, and never replace one another."""

import errno
import logging
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from focstream.files.part_files import part_folder
from focstream.program.descriptors import when_one_is_free
from focstream.types import InputError

_log = logging.getLogger(__name__)

_PART = "sweep"
_NAME = re.compile(r"sweep_(\d+)")
_TAKEN = (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR)
_MIN_FREE_BYTES = 16 * 2**20


def sweep_name(number: int) -> str:
    """Return what the folder of a sweep is called."""
    return f"sweep_{number:03d}"


def next_number(names: Iterable[str]) -> int:
    """Return the number after the highest of the sweeps that have these names; others do not count."""
    found = (_NAME.fullmatch(name) for name in names)
    return max((int(each[1]) for each in found if each), default=-1) + 1


class SweepFolder:
    """A folder that takes ``sweep_000``, ``sweep_001``, … onward from the highest there is.

    Raises
    ------
    InputError
        When the folder cannot be made or written, or its disk is full.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._explained():
            path.mkdir(parents=True, exist_ok=True)
            with part_folder(path / _PART):  # shows that we may make, and later rename, folders here
                pass
            free_bytes = shutil.disk_usage(path).free
        if free_bytes < _MIN_FREE_BYTES:
            raise InputError(f"cannot save sweeps to {path}: {free_bytes} bytes are free; make room there")

    def add(self, fill: Callable[[Path], None], *, number: int | None = None) -> Path:
        """Let `fill` write into a hidden folder, then give it the next number; returns its path.

        Parameters
        ----------
        fill
            Writes the files.
        number
            The number wanted, of a sweep that may have been saved before: what was there is replaced.

        Raises
        ------
        InputError
            When it cannot be written; nothing of it is left then.
        """
        with self._explained(), part_folder(self.path / _PART) as hidden:
            fill(hidden)
            return self._publish(hidden) if number is None else self._replace(hidden, number)

    def _replace(self, hidden: Path, number: int) -> Path:
        """Put a sweep in the place of one that was computed from the same slices."""
        target = self.path / sweep_name(number)
        with part_folder(self.path / _PART) as old:
            if target.exists():
                target.rename(old / target.name)
            return hidden.rename(target)

    def _publish(self, hidden: Path) -> Path:
        number = self._next_number()
        while True:
            target = self.path / sweep_name(number)
            try:
                # Atomic, and it refuses a folder that holds anything.
                return hidden.rename(target)
            except OSError as error:  # another process took the number meanwhile
                if error.errno not in _TAKEN:
                    raise
                number += 1

    def _next_number(self) -> int:
        return next_number(entry.name for entry in when_one_is_free(self._entries))

    def _entries(self) -> list[Path]:
        return list(self.path.iterdir())

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise InputError(
                f"cannot save sweeps to {self.path}: {error}; choose a folder that can be written, "
                f"on a disk with room"
            ) from error
