"""Stacks whose truth lies beside their images: rough surfaces rendered by others, with another renderer.

A stack's folder holds its images, nearest first, and ``reference.npy``, the height of the surface in steps of
the sweep: a point of height −i is in focus in image i, counted from 0. The reference leaves out the same
border on all sides. So it is with the two surfaces of "Depth from Focus using Windowed Linear Least-Squares
Regressions" (github.com/corentincou), checked by least squares against where contrast is highest: the slope
is −1.00, the offset below 0.07 steps, and the centred border fits best.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from focstream.depth_update import FloatMap
from focstream.files.array_file import map_array
from focstream.types import InputError
from training.data.real_stack import read_real_stack
from training.judging.judged import JudgedSet, JudgedStack, subfolders

REFERENCE = "reference.npy"


def reference_sets(folder: Path) -> list[JudgedSet]:
    """Every subfolder that is a stack with a reference; a set of one stack each.

    Raises
    ------
    InputError
        When there is none.
    """
    places = [place for place in subfolders(folder) if (place / REFERENCE).is_file()]
    if not places:
        raise InputError(f"{folder}: no folder in it holds a {REFERENCE}; give one with such stacks")
    return [JudgedSet(name=place.name, count=1, read=partial(_read, place)) for place in places]


def reference_truth(height: FloatMap, *, shape: tuple[int, int], slices: int) -> FloatMap:
    """(H, W) float32 sweep coordinate of a centred map of heights in steps of the sweep; NaN around it."""
    top, left = ((whole - part) // 2 for whole, part in zip(shape, height.shape, strict=True))
    truth = np.full(shape, np.nan, np.float32)
    truth[top : top + height.shape[0], left : left + height.shape[1]] = 1.0 + height / (slices - 1)
    return truth


def _read(place: Path) -> Iterator[JudgedStack]:
    stack = read_real_stack(place, reverse=True)
    rows, columns = stack.images[0].shape[:2]
    height = _read_height(place / REFERENCE, shape=(rows, columns), slices=len(stack.images))
    yield JudgedStack(
        images=stack.images,
        coordinates=stack.coordinates,
        truth=reference_truth(height, shape=(rows, columns), slices=len(stack.images)),
    )


def _read_height(path: Path, *, shape: tuple[int, int], slices: int) -> FloatMap:
    found = map_array(path)
    if found.ndim != 2 or found.shape[0] > shape[0] or found.shape[1] > shape[1]:
        raise InputError(f"{path}: its shape is {found.shape}; expected a map within images of {shape}")
    height = np.asarray(found, np.float32)
    if not 1 - slices <= np.nanmin(height) <= np.nanmax(height) <= 0:
        raise InputError(f"{path}: expected heights of {1 - slices} … 0 for {slices} images")
    return height
