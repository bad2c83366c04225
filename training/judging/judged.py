"""Stacks with truth that models are judged on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from focstream.depth_update import FloatMap
from focstream.focal_slice import Image
from focstream.types import InputError
from training.data.dataset_files import read_shards
from training.learning.validate import validation_batches


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedStack:
    """A focal stack and what its depth is.

    Attributes
    ----------
    images
        (H, W) or (H, W, 3) in order of arrival.
    coordinates
        Sweep coordinate of every image.
    truth
        (H, W) float32 sweep coordinate, NaN = unknown.
    """

    images: tuple[Image, ...]
    coordinates: tuple[float, ...]
    truth: FloatMap


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedSet:
    """Stacks that are judged together.

    Attributes
    ----------
    name
        As tables show it.
    count
        Stacks in it.
    read
        Yields the stacks, the same at every call.
    """

    name: str
    count: int
    read: Callable[[], Iterator[JudgedStack]]


def rendered_sets(folder: Path) -> list[JudgedSet]:
    """Every subfolder of rendered stacks, as `training.data.render` makes them, in the order of their names.

    Raises
    ------
    InputError
        When there is none.
    """
    return [_rendered_set(place) for place in subfolders(folder)]


def subfolders(folder: Path) -> list[Path]:
    """Folders in a folder, hidden ones passed over, in the order of their names.

    Raises
    ------
    InputError
        When there are none.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; give one that holds a folder for every set or stack")
    found = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    if not found:
        raise InputError(f"{folder}: holds no folders; give one that holds a folder for every set or stack")
    return found


def _rendered_set(place: Path) -> JudgedSet:
    def read() -> Iterator[JudgedStack]:
        for batch in validation_batches(place):
            images = batch.images.numpy().transpose(0, 1, 3, 4, 2)
            for index, truth in enumerate(batch.truth.numpy()[:, 0]):
                yield JudgedStack(
                    images=tuple(np.ascontiguousarray(image) for image in images[index]),
                    coordinates=tuple(float(c) for c in batch.coordinates[index]),
                    truth=truth,
                )

    return JudgedSet(name=place.name, count=sum(len(shard) for shard in read_shards(place)), read=read)
