"""Recordings in several files, for tests."""

from collections.abc import Iterable
from pathlib import Path

from capture.recording.series.writer import Rotation, SeriesWriter
from focstream.types import FocalSlice
from tests.capture.recording.recordings import ORIGIN, slice_number

SLOTS = 4
SWEEP_NS = SLOTS * 10_000_000
EVERY_TWO_SWEEPS = Rotation(file_ns=SWEEP_NS + 1)


def write_series(
    folder: Path, slices: Iterable[FocalSlice], *, rotation: Rotation = EVERY_TWO_SWEEPS
) -> list[Path]:
    """Record, and return the files by name."""
    with SeriesWriter(folder, origin=ORIGIN, rotation=rotation) as writer:
        for focal_slice in slices:
            writer.write_slice(focal_slice)
    return sorted(folder.glob("*.mcap"))


def eight_sweeps() -> list[FocalSlice]:
    return [slice_number(number) for number in range(8 * SLOTS)]
