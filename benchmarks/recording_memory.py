"""Memory that a recording keeps until it is closed, for each slice: its index.

The same slices and final maps are recorded twice: with the index packed, as it is, and as the MCAP writer
keeps it by itself. What Python has allocated is compared after a tenth of the slices and at the end.

    python -m benchmarks.recording_memory
"""

import gc
import tracemalloc
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import tyro

from benchmarks.pipeline import ReadyMadeEstimator
from benchmarks.pipeline import Settings as MapSettings
from benchmarks.recording import make_slices
from benchmarks.shared.piped import piped
from capture.recording import file_writer
from capture.recording.file_writer import FileWriter
from capture.recording.origin import Origin
from focstream.program.device import device


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What to record."""

    slices: int = 2000
    """So many, in sweeps of ten."""
    width_px: int = 640
    """Width of the images."""
    height_px: int = 480
    """Height of the images."""
    folder: Path | None = None
    """Where to record. Default: the folder for temporary files."""


def kept_bytes(settings: Settings, path: Path) -> float:
    """Record, and return the bytes that are kept for each slice."""
    estimator = ReadyMadeEstimator(MapSettings(width_px=settings.width_px, height_px=settings.height_px))
    begin, allocated = settings.slices // 10, list[int]()
    slices = make_slices(settings.slices, width_px=settings.width_px, height_px=settings.height_px)
    tracemalloc.start()
    with FileWriter(path, origin=Origin(device="benchmark")) as writer:
        for number, focal_slice in enumerate(slices):
            writer.write_slice(focal_slice)
            if focal_slice.tag.last_in_sweep:
                writer.write_update(estimator.push(focal_slice), maps=False)
            if number + 1 in (begin, settings.slices):
                allocated.append(_allocated_bytes())
    tracemalloc.stop()
    path.unlink()
    return (allocated[1] - allocated[0]) / (settings.slices - begin)


def _allocated_bytes() -> int:
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


def main(settings: Settings) -> None:
    """Measure both, and print them side by side."""
    print(f"device: {device()}; {settings.slices} slices of {settings.width_px} × {settings.height_px}")
    with TemporaryDirectory(dir=settings.folder) as folder:
        path = Path(folder) / "a.mcap"
        packed = kept_bytes(settings, path)
        with patch.object(file_writer, "pack_index"):
            unpacked = kept_bytes(settings, path)
    print(f"kept until the file is closed, bytes a slice: packed {packed:.0f}, unpacked {unpacked:.0f}")


if __name__ == "__main__":
    with piped():
        main(tyro.cli(Settings))
