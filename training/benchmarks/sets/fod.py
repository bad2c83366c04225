"""FoD500, the folder ``fs_6`` of DefocusNet: images in TIFF, depth in OpenEXR.

Stack 000400 is ``000400_00All.tif`` … ``000400_04All.tif``, the nearest first, and ``000400Dpt.exr``, metres.
Stacks 0 to 399 are for training.
"""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from capture.folder.formats.image_file import read_image
from focstream.focal_slice import Image
from focstream.types import InputError
from training.benchmarks.protocols.fod_rules import FARTHEST_M
from training.benchmarks.protocols.rules import Rules
from training.benchmarks.scales import DepthScale, UnitMap
from training.benchmarks.sets.exr import read_channels
from training.benchmarks.stacks import BenchmarkSet, BenchmarkStack, SetSize

FIRST_JUDGED = 400
_DEPTH_NAME = re.compile(r"(\d{6})Dpt\.exr")


def fod_set(folder: Path, rules: Rules) -> BenchmarkSet:
    """Stacks of the folder from number 400 on.

    Raises
    ------
    InputError
        When there are none, or an image of one is missing.
    """
    numbers = _judged_numbers(folder)
    for number in numbers:
        for path in _image_paths(folder, number, rules):
            if not path.is_file():
                raise InputError(f"{path} is missing; copy the data set again")
    rows, columns = read_image(_image_paths(folder, numbers[0], rules)[0]).shape[:2]
    size = SetSize(stacks=len(numbers), rows=rows, columns=columns)
    return BenchmarkSet(size=size, read=partial(_read, folder, numbers, rules))


def _judged_numbers(folder: Path) -> list[str]:
    try:
        names = [path.name for path in folder.iterdir()]
    except OSError as error:
        raise InputError(f"{folder} cannot be read ({error.strerror}); give the folder fs_6") from None
    numbers = sorted(match[1] for name in names if (match := _DEPTH_NAME.fullmatch(name)))
    judged = [number for number in numbers if int(number) >= FIRST_JUDGED]
    if not judged:
        raise InputError(f"{folder} holds no 000400Dpt.exr or later; give the folder fs_6 of FoD500")
    return judged


def _image_paths(folder: Path, number: str, rules: Rules) -> list[Path]:
    return [folder / f"{number}_{index:02d}All.tif" for index in rules.taken]


def _read(folder: Path, numbers: list[str], rules: Rules) -> Iterator[BenchmarkStack]:
    planes = [rules.planes[index] for index in reversed(rules.taken)]
    scale = DepthScale(far_m=planes[0], near_m=planes[-1], farthest_m=FARTHEST_M)
    for number in numbers:
        images = [_colour(path) for path in reversed(_image_paths(folder, number, rules))]
        yield BenchmarkStack(
            name=number,
            images=tuple(images),
            coordinates=tuple(map(scale.to_coordinate, planes)),
            truth=_depth(folder / f"{number}Dpt.exr", rules, shape=images[0].shape[:2]),
            scale=scale,
        )


def _colour(path: Path) -> Image:
    image = read_image(path)
    if image.ndim != 3:
        raise InputError(f"{path} is grey; the images of FoD500 are in colour")
    return image


def _depth(path: Path, rules: Rules, *, shape: tuple[int, ...]) -> UnitMap:
    names = "RGB" if rules.protocol == "ddl-gru" else "R"
    depth_m: UnitMap = np.mean(read_channels(path, names), axis=0, dtype=np.float64)
    if depth_m.shape != shape:
        raise InputError(f"{path}: its shape is {depth_m.shape}, but the images are {shape}")
    if not np.isfinite(depth_m).all():
        raise InputError(f"{path}: holds depths that are no numbers; copy it again")
    return depth_m
