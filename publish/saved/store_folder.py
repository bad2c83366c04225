"""Sweeps saved in a store that fsspec reaches, such as S3."""

from collections.abc import Callable
from pathlib import Path

from focstream.files.part_files import scratch_folder
from focstream.files.store_path import StorePath
from focstream.types import InputError
from publish.saved.sweep_folder import next_number, sweep_name

_LAST = "sweep.json"
"""Is written last: a sweep that has it is whole. Stores cannot rename folders."""


class StoreFolder:
    """A place in a store that takes ``sweep_000``, ``sweep_001``, … onward from the highest there is.

    Parameters
    ----------
    path
        The place.

    Raises
    ------
    InputError
        When a package for this kind of store is missing, or the store cannot be used.
    """

    def __init__(self, path: StorePath) -> None:
        self.path = path
        self.path.opened()
        self._next: int | None = None

    def add(self, fill: Callable[[Path], None], *, number: int | None = None) -> Path:
        """Let `fill` write into a folder of this computer, then copy it; returns where to.

        Parameters
        ----------
        fill
            Writes the files.
        number
            The number wanted, of a sweep that may have been saved before: what was there is replaced.

        Raises
        ------
        InputError
            When it cannot be written; then ``sweep.json`` of it is missing.
        """
        if number is None:  # workers always name one: the listing is left out
            if self._next is None:
                self._next = next_number(each.name for each in self.path.glob("sweep_[0-9]*"))
            number, self._next = self._next, self._next + 1
        target = StorePath(self.path, sweep_name(number))
        store, name = target.opened()
        try:
            with scratch_folder() as folder:
                fill(folder)
                if store.exists(name):  # of before: what is half new must not look whole
                    store.rm(name, recursive=True)
                for file in sorted(folder.iterdir(), key=lambda each: (each.name == _LAST, each.name)):
                    store.put_file(str(file), f"{name}/{file.name}")
        except InputError:
            raise
        except Exception as error:  # every store raises its own
            raise InputError(f"cannot save sweeps to {self.path}: {target.refused(error)}") from error
        return target
