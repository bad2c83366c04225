"""Stacks that were picked because models fail on them: images, where each is focused, and the truth.

A stack's folder holds its images in the order of their names, ``coordinates.txt`` with the sweep coordinate
of every image, a line each, and ``truth.npy``, the true sweep coordinate of every pixel, NaN where it is
unknown.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from capture.folder.images import StackImages, pages_of
from capture.folder.listing import find_images
from focstream.depth_update import FloatMap
from focstream.files.array_file import map_array
from focstream.files.text_file import read_text
from focstream.types import InputError
from training.judging.judged import JudgedSet, JudgedStack, subfolders

COORDINATES, TRUTH = "coordinates.txt", "truth.npy"
_FAR, _NEAR = -1.0, 2.0
"""Sweep coordinates beyond these are in another unit; overscan and depths beside the sweep lie within."""


def hard_sets(folder: Path) -> list[JudgedSet]:
    """Every subfolder; a set of one stack each.

    Raises
    ------
    InputError
        When there is none, or one lacks its coordinates or its truth.
    """
    places = subfolders(folder)
    for place in places:
        for name in (COORDINATES, TRUTH):
            if not (place / name).is_file():
                raise InputError(f"{place}: has no {name}; every stack of --hard needs one")
    return [JudgedSet(name=place.name, count=1, read=partial(_read, place)) for place in places]


def _read(place: Path) -> Iterator[JudgedStack]:
    found = StackImages(pages_of(find_images(place).paths), name=str(place))
    coordinates = _read_coordinates(place / COORDINATES)
    if len(coordinates) != len(found):
        raise InputError(f"{place / COORDINATES}: {len(coordinates)} lines for {len(found)} images")
    images = tuple(found.image(index) for index in range(len(found)))
    rows, columns = images[0].shape[:2]
    yield JudgedStack(
        images=images, coordinates=coordinates, truth=_read_truth(place / TRUTH, shape=(rows, columns))
    )


def _read_coordinates(path: Path) -> tuple[float, ...]:
    try:
        coordinates = tuple(float(line) for line in read_text(path).split())
    except ValueError as error:
        raise InputError(f"{path}: is no list of sweep coordinates, a line an image ({error})") from None
    if not all(_FAR <= coordinate <= _NEAR for coordinate in coordinates):
        raise InputError(f"{path}: expected sweep coordinates, 0 at the far limit and 1 at the near one")
    return coordinates


def _read_truth(path: Path, *, shape: tuple[int, int]) -> FloatMap:
    found = map_array(path)
    if found.shape != shape:
        raise InputError(f"{path}: its shape is {found.shape}; expected one value a pixel, {shape}")
    truth = np.asarray(found, np.float32)
    known = truth[~np.isnan(truth)]
    if not known.size or not _FAR <= known.min() <= known.max() <= _NEAR:
        raise InputError(f"{path}: expected sweep coordinates, 0 … 1, and NaN where the depth is unknown")
    return truth
