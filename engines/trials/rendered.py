"""Rendered focal stacks with truth to try engines on, from disk."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from engines.base import FloatArray
from engines.pictures import to_input
from engines.trials.stacks import TrialStack
from focstream.files.array_file import map_array
from focstream.types import InputError

Item = TypeVar("Item")


def rendered_stacks(folder: Path) -> Iterator[TrialStack]:
    """Yield the stacks that `python -m training render` wrote below a folder, padded to whole patches.

    One of each set comes, then the next of each, so that some are of all. Shards of a set take turns, too.

    Raises
    ------
    InputError
        When there are none.
    """
    sets = rendered_sets(folder)
    return in_turn([in_turn([_stacks(shard, name) for shard in shards]) for name, shards in sets.items()])


def rendered_sets(folder: Path) -> dict[str, list[Path]]:
    """Return the shards of each set below a folder, by its name: those that lie side by side are of one.

    Raises
    ------
    InputError
        When there are none.
    """
    sets: dict[str, list[Path]] = {}
    for images in sorted(folder.rglob("images.npy")):
        shard = images.parent
        name = shard.parent.relative_to(folder).as_posix() if shard != folder else "."
        sets.setdefault(folder.name if name == "." else name, []).append(shard)
    if not sets:
        raise InputError(f"{folder}: no rendered stacks; make some with python -m training render")
    return sets


def in_turn(several: Iterable[Iterator[Item]]) -> Iterator[Item]:
    """Yield one of each, then the next of each, until all are at their end."""
    left = list(several)
    while left:
        for one in tuple(left):
            try:
                yield next(one)
            except StopIteration:
                left.remove(one)


def _stacks(shard: Path, set_name: str) -> Iterator[TrialStack]:
    try:
        images, coordinates, truths = (
            map_array(shard / f"{part}.npy") for part in ("images", "coordinates", "truth")
        )
    except (OSError, ValueError) as error:
        raise InputError(f"{shard}: cannot be read ({error}); render it again") from None
    for slices, at, truth in zip(images, coordinates, truths, strict=True):
        yield _padded(slices, at, truth, set_name)


def _padded(
    slices: NDArray[np.uint8], at: FloatArray, truth: NDArray[np.float16], set_name: str
) -> TrialStack:
    images = np.stack([to_input(np.array(image)) for image in slices])
    beyond = np.full(images.shape[1:3], np.nan, np.float32)
    beyond[: truth.shape[0], : truth.shape[1]] = truth
    return TrialStack(images=images, coordinates=np.array(at, np.float32), truth=beyond, set_name=set_name)
