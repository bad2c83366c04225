"""What is in a recording, in one file or in several."""

from collections.abc import Iterator
from pathlib import Path

from capture.recording.file_reader import FileReader, Once
from capture.recording.origin import CHANGE, CONTINUED, END_RECORD
from capture.recording.recorded_maps import FinalMap, RecordedMap
from capture.recording.series.files import find_series, missing_parts
from capture.recording.series.part import SERIES_RECORD, SeriesPart
from focstream.types import FocalSlice


class RecordingReader:
    """Reads a recording of any version from its beginning, as often as wanted, whole or cut short.

    Parameters
    ----------
    path
        The file; or the folder that holds the files of one recording, and no other.

    Attributes
    ----------
    parts, files
        One or several, in the order of the recording.
    metadata
        Text by key, by name of the record, as in the first file; empty where another tool left all of it out.
    attachments
        The files inside.
    doubts
        Files of the recording that are not there or cannot be read, in words.
    deleted
        Files that were deleted while it was recorded (``--record.keep-gib``).

    Raises
    ------
    InputError
        When it cannot be read, is no recording of ours, or was made by a later version.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.doubts: tuple[str, ...] = ()
        self.deleted = 0
        self.parts = self._series() if path.is_dir() else (FileReader(path),)
        self.files = tuple(reader.path for reader in self.parts)
        self.metadata = self._metadata()
        self.attachments = tuple(dict.fromkeys(item for each in self.parts for item in each.attachments))

    @property
    def fault(self) -> str | None:
        """What is wrong with the files, in words; None when nothing is. Known after reading to the end."""
        if len(self.parts) == 1 and not self.path.is_dir():
            return self.parts[0].fault if self.parts[0].was_read else None
        read = ((reader.path.name, reader.fault) for reader in self.parts if reader.was_read)
        return "; ".join(f"{name}: {fault}" for name, fault in read if fault is not None) or None

    @property
    def slices_not_recorded(self) -> int:
        """Slices that were lost while recording, as far as it is known; known after reading to the end."""
        return sum(reader.slices_not_recorded for reader in self.parts)

    @property
    def slices_missing(self) -> int:
        """Slices that are announced but not here; known after `slices` was read to its end."""
        return sum(reader.slices_missing for reader in self.parts)

    @property
    def slices_not_used(self) -> int:
        """Slices here that the live depth was computed without; known after reading to the end."""
        return sum(reader.slices_not_used for reader in self.parts)

    def topics_missing(self) -> tuple[str, ...]:
        """Topics of slices on which nothing came; known after reading to the end."""
        missing = [reader.topics_missing() for reader in self.parts if reader.was_read]
        return tuple(name for name in (missing or [()])[0] if all(name in names for names in missing))

    def attachment(self, name: str) -> bytes | None:
        """Content of a file inside; None when there is none of that name."""
        return next((item.data for item in self.attachments if item.name == name), None)

    def not_used(self) -> frozenset[tuple[int, int]]:
        """Find the sweep id and frame id of slices that the live depth was computed without.

        Reads through the files, but for those whose index says that there are none.

        Raises
        ------
        InputError
            When a file cannot be read, or a message in it makes no sense.
        """
        return frozenset[tuple[int, int]]().union(*(reader.not_used() for reader in self.parts))

    def slices(self, *, from_sweep: int = 0) -> Iterator[FocalSlice]:
        """Yield every slice, in the order of the recording.

        Parameters
        ----------
        from_sweep
            Begin with the first slice whose sweep id is at least this.

        Raises
        ------
        InputError
            When a file cannot be read, a message in it makes no sense, or several recordings of the same
            time were merged into it.
        """
        begun, once = False, Once(self.path)
        for reader in self.parts:
            last_sweep = reader.last_sweep
            if not begun and last_sweep is not None and last_sweep < from_sweep:
                continue  # most of a long recording need not be read for its end
            for focal_slice in reader.slices(from_sweep=0 if begun else from_sweep, once=once):
                begun = True
                yield focal_slice

    def maps(self) -> Iterator[RecordedMap]:
        """Yield every depth map that was recorded.

        Raises
        ------
        InputError
            When a file cannot be read, or a message in it makes no sense.
        """
        for reader in self.parts:
            yield from reader.maps()

    def final_maps(self) -> Iterator[FinalMap]:
        """Yield what the final maps of the run that was recorded were.

        Raises
        ------
        InputError
            When a file cannot be read, or a message in it makes no sense.
        """
        for reader in self.parts:
            yield from reader.final_maps()

    def _series(self) -> tuple[FileReader, ...]:
        """Open the files of a folder."""
        found = find_series(self.path)
        readers = tuple(FileReader(path) for _, path in found.parts)
        said_last = (SeriesPart.parse(reader.metadata.get(SERIES_RECORD, {})) for reader in readers)
        first = max((part.first for part in said_last if part is not None), default=0)
        self.doubts = (*missing_parts(found.parts, first=first), *found.doubts)
        last = readers[-1]
        if CONTINUED in last.metadata.get(END_RECORD, {}):
            self.doubts += (f"at least 1 file missing after {last.path.name}",)
        self.deleted = first - sum(part.part < first for part, _ in found.parts)
        return readers

    def _metadata(self) -> dict[str, dict[str, str]]:
        metadata = dict(self.parts[0].metadata)
        for part in self.parts[1:]:
            metadata |= {name: noted for name, noted in part.metadata.items() if name.startswith(CHANGE)}
        if self.path.is_dir():
            metadata.pop(END_RECORD, None)  # that of one file
            metadata.pop(SERIES_RECORD, None)
        return metadata
