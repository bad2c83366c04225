"""Rendered stacks on disk: shards of plain arrays that are mapped into memory."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from focstream.files.array_file import map_array
from focstream.files.part_files import whole_folder
from focstream.files.writing import writing
from focstream.types import InputError
from training.data.stack import Stack

PARTS = ("images", "coordinates", "truth", "blur_gain_px")
FINISHED = "finished"
"""An empty file beside the parts of stacks whose images have noise and other faults already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """Stacks of one size, side by side.

    Attributes
    ----------
    images
        (N, S, H, W, 3) uint8.
    coordinates, truth, blur_gain_px
        (N, S) float32, (N, H, W) float16, (N,) float32; as in `Stack`.
    finished
        The images have noise and other faults already.
    """

    images: NDArray[np.uint8]
    coordinates: NDArray[np.float32]
    truth: NDArray[np.float16]
    blur_gain_px: NDArray[np.float32]
    finished: bool = False

    def __len__(self) -> int:
        return len(self.images)


def write_shard(folder: Path, stacks: list[Stack]) -> None:
    """Write stacks of one size into a new folder; it appears complete or not at all.

    Raises
    ------
    InputError
        When it cannot be written.
    """
    with writing(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with whole_folder(folder) as part:
            np.save(part / "images.npy", np.stack([s.images for s in stacks]))
            np.save(part / "coordinates.npy", np.stack([s.coordinates for s in stacks]))
            np.save(part / "truth.npy", np.stack([s.truth for s in stacks]).astype(np.float16))
            np.save(part / "blur_gain_px.npy", np.array([s.blur_gain_px for s in stacks], np.float32))
            if all(s.finished for s in stacks):
                (part / FINISHED).touch()


def read_shards(folder: Path) -> list[Shard]:
    """Map every shard below `folder` into memory.

    Raises
    ------
    InputError
        When there is none, or the parts of one do not fit each other.
    """
    found = sorted(
        path.parent for path in folder.glob("*/images.npy") if not path.parent.name.startswith(".")
    )
    if not found:
        raise InputError(f"{folder}: no rendered stacks; make some with python -m training render")
    return [_read_shard(path) for path in found]


def _read_shard(path: Path) -> Shard:
    remedy = "make it again with python -m training render"
    shard = Shard(
        **{part: map_array(path / f"{part}.npy", remedy=remedy) for part in PARTS},
        finished=(path / FINISHED).exists(),
    )
    count, slices, *size = (*shard.images.shape, 0, 0, 0, 0, 0)[:5]
    shapes = ((count, slices), (count, *size[:2]), (count,))
    found = tuple(values.shape for values in (shard.coordinates, shard.truth, shard.blur_gain_px))
    if shard.images.ndim != 5 or shard.images.dtype != np.uint8 or found != shapes or not shard.images.size:
        raise InputError(f"{path}: {', '.join(PARTS)} do not fit each other; {remedy}")
    return shard
