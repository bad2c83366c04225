"""The files of a recording that is in several, found in their folder by what they say of themselves."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mcap.opcode import Opcode
from mcap.records import Metadata

from capture.recording.mcap_file.enclosed import read_summary
from capture.recording.mcap_file.record_stream import RecordStream
from capture.recording.origin import FORMAT_RECORD
from capture.recording.series.part import SERIES_RECORD, SeriesPart
from focstream.counted import counted
from focstream.types import InputError

SUFFIX = ".mcap"

_Kind = SeriesPart | Literal["alone", "nothing"]
"""A part of a series, a recording by itself, or a file of which not even the beginning can be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundSeries:
    """The files of one recording.

    Attributes
    ----------
    parts
        Each with its file, in the order of the recording.
    doubts
        What was passed over, in words.
    """

    parts: tuple[tuple[SeriesPart, Path], ...]
    doubts: tuple[str, ...] = ()


def recordings_in(folder: Path | None) -> tuple[Path, ...]:
    """Find the recordings in `folder` and the folders in it, by name; none where there is no such folder.

    A recording is a file, or a folder with the files of one that is in several.

    Raises
    ------
    InputError
        When a folder holds several files of one recording, and others besides.
    """
    if folder is None or not folder.is_dir():
        return ()
    by_folder: dict[Path, list[Path]] = defaultdict(list)
    for path in sorted(folder.rglob(f"*{SUFFIX}")):
        if _is_visible_file(path):
            by_folder[path.parent].append(path)
    found = (_recordings(holder, files) for holder, files in by_folder.items())
    return tuple(sorted(path for paths in found for path in paths))


def is_series(path: Path) -> bool:
    """Whether this is a folder with a recording in several files, and with no other.

    Raises
    ------
    InputError
        As `recordings_in`.
    """
    return path.is_dir() and _recordings(path, _files_in(path)) == (path,)


def find_series(folder: Path) -> FoundSeries:
    """Find the files of the recording in `folder`, in its order.

    Raises
    ------
    InputError
        When it holds no recording in several files, or others besides.
    """
    files = _files_in(folder)
    if _recordings(folder, files) != (folder,):
        raise InputError(f"{folder} holds no recording in several files; give one file (.mcap)")
    by_part: dict[int, list[tuple[SeriesPart, Path]]] = defaultdict(list)
    doubts = []
    for path in files:
        kind = _kind_of(path)
        if isinstance(kind, SeriesPart):
            by_part[kind.part].append((kind, path))
        else:
            doubts.append(f"{path.name} cannot be read, not even its beginning: it is passed over")
    chosen = [_chosen(twins) for _, twins in sorted(by_part.items())]
    doubts += [
        f"{path.name} is used, not its twin {twin.name}"
        for part, path in chosen
        for _, twin in by_part[part.part]
        if twin != path
    ]
    return FoundSeries(parts=tuple(chosen), doubts=tuple(doubts))


def missing_parts(parts: Sequence[tuple[SeriesPart, Path]], *, first: int) -> tuple[str, ...]:
    """Say which files of a series are not there, though they are not older than the `first` that was kept."""
    found = []
    (begins, path), (before, before_path) = parts[0], parts[0]
    if begins.part > first:
        found.append(f"{counted(begins.part - first, 'file')} missing before {path.name}")
    for part, path in parts[1:]:
        gap = part.part - max(before.part + 1, first)
        if gap > 0:
            found.append(f"{counted(gap, 'file')} missing between {before_path.name} and {path.name}")
        before, before_path = part, path
    return tuple(found)


def _files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob(f"*{SUFFIX}") if _is_visible_file(path))


def _is_visible_file(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".")


def _recordings(folder: Path, files: Iterable[Path]) -> tuple[Path, ...]:
    """Return what to replay of the files of one folder: the folder itself where they are one recording."""
    files = tuple(files)
    kinds = [_kind_of(path) for path in files]
    ids = [kind.series_id for kind in kinds if isinstance(kind, SeriesPart)]
    if not ids:
        return files
    if len(set(ids)) == 1 and "alone" not in kinds:
        return (folder,)
    if len(set(ids)) < len(ids):
        raise InputError(
            f"{folder} holds several files of one recording, and others besides: move those that belong "
            "together to a folder of their own, or replay them one by one"
        )
    return files


def _chosen(twins: Sequence[tuple[SeriesPart, Path]]) -> tuple[SeriesPart, Path]:
    """Choose among copies of one file: the first that has its end, such as a recovered one."""
    whole = (twin for twin in twins if len(twins) == 1 or read_summary(twin[1]) is not None)
    return next(whole, twins[0])


def _kind_of(path: Path) -> _Kind:
    kind: _Kind = "alone"
    try:
        summary = read_summary(path)
        if summary is not None and summary.statistics is not None:
            names = [index.name for index in summary.metadata_indexes]
            if SERIES_RECORD not in names and len(names) == summary.statistics.metadata_count:
                return "alone"
        begun = summary is not None
        for record in RecordStream(path, kinds={Opcode.METADATA}):
            if isinstance(record, Metadata) and record.name == SERIES_RECORD:
                kind = SeriesPart.parse(record.metadata) or kind
            begun = begun or (isinstance(record, Metadata) and record.name == FORMAT_RECORD)
            if begun and kind != "alone":
                break
    except InputError:
        return "nothing"
    return kind if begun else "nothing"
