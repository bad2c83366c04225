"""Whether sweeps of a recording or stack were saved before."""

from pathlib import Path

from capture.ranges.sources import SavedNames
from focstream.files.store_path import StorePath


class SavedBefore:
    """Says of which sources the sweeps cannot be saved: their numbers are those of the recording.

    Parameters
    ----------
    save
        Folder for the sweeps of all sources.
    names
        Of their folders in it.
    """

    def __init__(self, save: Path, names: SavedNames) -> None:
        self._save = save
        self._names = names

    @property
    def waits(self) -> bool:
        """Whether an answer takes a while."""
        return isinstance(self._save, StorePath)

    def why_not(self, source: Path) -> str:
        """Say why a source cannot be saved; empty where it can.

        Raises
        ------
        InputError
            When the store cannot be asked.
        """
        folder = self._save / self._names.name_of(source)
        if not any(folder.glob("sweep_[0-9]*")):
            return ""
        return f"{folder} holds sweeps already, which are not replaced: give another --save, or --resume"
