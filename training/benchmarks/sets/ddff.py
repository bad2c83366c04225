"""DDFF 12-Scene: the validation stacks of the official HDF5 file, or of the one that DFV made.

Both have ``stack_val`` (N, 10, H, W, 3), red-green-blue, 0 … 255, the nearest plane first, and ``disp_val``
(N, H, W), disparity in pixels, 0 where it is unknown.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from focstream.types import InputError
from training.benchmarks.protocols.rules import Rules
from training.benchmarks.scales import DisparityScale, UnitMap
from training.benchmarks.sets.h5_file import DataSets, opened
from training.benchmarks.stacks import BenchmarkSet, BenchmarkStack, SetSize, eight_bit

STACKS, TRUTH = "stack_val", "disp_val"
_AXES = {STACKS: 5, TRUTH: 3}
_WHAT = "DDFF 12-Scene: ddff-dataset-trainval.h5, or DFV's my_ddff_trainVal.h5"


def ddff_set(path: Path, rules: Rules) -> BenchmarkSet:
    """Stacks of a file.

    Raises
    ------
    InputError
        When it is no such file.
    """
    with opened(path, axes=_AXES, is_file_of=_WHAT) as file:
        size = _checked(file, path, planes=len(rules.planes))
    return BenchmarkSet(size=size, read=partial(_read, path, rules))


def _checked(file: DataSets, path: Path, *, planes: int) -> SetSize:
    shape, truth_shape = file[STACKS].shape, file[TRUTH].shape
    count, images, rows, columns, channels = shape
    if (images, channels) != (planes, 3) or not count or truth_shape != (count, rows, columns):
        raise InputError(
            f"{path}: {STACKS} {shape} and {TRUTH} {truth_shape}; expected (N, {planes}, H, W, 3) "
            "and (N, H, W)"
        )
    return SetSize(stacks=count, rows=rows, columns=columns)


def _read(path: Path, rules: Rules) -> Iterator[BenchmarkStack]:
    far_first = tuple(reversed(rules.taken))
    planes = [rules.planes[index] for index in far_first]
    scale = DisparityScale(far_px=planes[0], near_px=planes[-1])
    with opened(path, axes=_AXES, is_file_of=_WHAT) as file:
        for number in range(len(file[STACKS])):
            rgb = eight_bit(file[STACKS][number], where=f"{path}, stack {number}")
            yield BenchmarkStack(
                name=f"{number:04d}",
                images=tuple(np.ascontiguousarray(rgb[index, ..., ::-1]) for index in far_first),
                coordinates=tuple(map(scale.to_coordinate, planes)),
                truth=_known_or_zero(file[TRUTH][number]),
                scale=scale,
            )


def _known_or_zero(disparity_px: np.ndarray) -> UnitMap:
    values = disparity_px.astype(np.float64)
    return np.where(np.isfinite(values), values, 0.0)
