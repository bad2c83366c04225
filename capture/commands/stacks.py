"""Focal stacks of other people's formats, as sweeps to record."""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

import numpy as np

from capture.folder.focus import directions
from capture.folder.formats.image_file import is_image_name, read_image
from capture.folder.natural_order import natural_key
from focstream.clock import now_ns
from focstream.files.limits import RECORD_BYTES
from focstream.files.user_file import check_file
from focstream.focal_slice import Image
from focstream.program.extras import need_extra
from focstream.types import CalibrationLevel, FocalSlice, FocusScale, InputError, Intrinsics, SliceTag

PERIOD_NS = 33_333_333
"""Between slices of formats without times."""

_FOD_NAME = re.compile(r"(\d+)_(\d+)All\.tif", re.IGNORECASE)
_FOD_FOCUS_M = (0.1, 0.15, 0.3, 0.7, 1.5)
_DDFF_FOCAL_PX, _DDFF_BASELINE_M = 521.4052, 27e-5
_DDFF_DISPARITY_PX = (0.28, 0.02)


@dataclass(frozen=True, slots=True, kw_only=True)
class StackSlice:
    """One image of a stack and what is known of it.

    Attributes
    ----------
    load
        Reads the image.
    focus_dpt
        Object-side vergence, in dioptres.
    exposure_mid_ns, clock
        As in `focstream.SliceTag`; None where the format has no time.
    settling
        The lens moved.
    intrinsics
        Where the format has them.
    """

    load: Callable[[], Image]
    focus_dpt: float
    exposure_mid_ns: int | None = None
    clock: Literal["device", "host"] = "host"
    settling: bool = False
    intrinsics: Intrinsics | None = None


def slices_of(
    stacks: Iterator[Sequence[StackSlice]],
    *,
    source: Path,
    name: str,
    level: CalibrationLevel = "approximate",
) -> Iterator[FocalSlice]:
    """Tag the images of stacks: each stack is a sweep between its own extremes.

    Where the level is "uncalibrated", the focus is in no unit, and gives the sweep coordinate alone.

    Raises
    ------
    InputError
        When an image cannot be read, or the focus of a stack does not change.
    """
    start_ns, frame_id = now_ns(), 0
    for sweep_id, stack in enumerate(stacks):
        focus_dpt = tuple(item.focus_dpt for item in stack)
        if len(set(focus_dpt)) < 2:
            raise InputError(
                f"{source}: the focus of stack {sweep_id} does not change; depth needs that it does"
            )
        metric = level != "uncalibrated"
        scale = FocusScale(far_dpt=min(focus_dpt), near_dpt=max(focus_dpt), level=level, calibration_id=name)
        for slot, (item, direction) in enumerate(zip(stack, directions(focus_dpt), strict=True)):
            tag = SliceTag(
                sweep_id=sweep_id,
                slot=slot,
                frame_id=frame_id,
                sweep_coordinate=scale.to_coordinate(item.focus_dpt),
                focus_dpt=item.focus_dpt if metric else None,
                focus_dpt_commanded=None,
                exposure_mid_ns=item.exposure_mid_ns or start_ns + frame_id * PERIOD_NS,
                clock=item.clock,
                direction=direction,
                settling=item.settling,
                last_in_sweep=slot == len(stack) - 1,
            )
            yield FocalSlice(
                image=item.load(), tag=tag, scale=scale if metric else None, intrinsics=item.intrinsics
            )
            frame_id += 1


def fod_stacks(folder: Path) -> Iterator[list[StackSlice]]:
    """Stacks as in FoD500 (Wang et al., "Bridging Unsupervised and Supervised Depth from Focus", 2021).

    Files ``000001_00All.tif`` … ``000001_04All.tif``, focused at 0.1, 0.15, 0.3, 0.7 and 1.5 m.

    Raises
    ------
    InputError
        When there are none, or a stack has not five images.
    """
    names = (path.name for path in _listing(folder))
    found = [match for name in sorted(names, key=natural_key) if (match := _FOD_NAME.fullmatch(name))]
    if not found:
        raise InputError(f"{folder} holds no files such as 000001_01All.tif; is it a folder of FoD500?")
    for number, group in groupby(found, key=lambda match: match[1]):
        paths = [folder / match[0] for match in group]
        if len(paths) != len(_FOD_FOCUS_M):
            raise InputError(f"{folder}: stack {number} has {len(paths)} images and not {len(_FOD_FOCUS_M)}")
        yield [
            StackSlice(load=_reading(path), focus_dpt=1.0 / metres)
            for path, metres in zip(paths, _FOD_FOCUS_M, strict=True)
        ]


def ddff_stacks(file: Path) -> Iterator[list[StackSlice]]:
    """Stacks as in DDFF 12-Scene (Hazirbas et al., ACCV 2018): HDF5 with ``stack_…`` (N, S, H, W, 3) RGB.

    Focused evenly in disparity from 0.28 to 0.02 px of a light-field camera with a focal length of
    521.4 px and a baseline of 0.27 mm: 0.5 to 7 m.

    Raises
    ------
    InputError
        When the file is none of these, or h5py is not installed.
    """
    need_extra("h5py", extra="import", what="reading DDFF stacks, which are HDF5 files,")
    import h5py

    check_file(file, what="the HDF5 file")
    try:
        with h5py.File(file, "r") as data:
            names = [name for name in data if name.startswith("stack")]
            if not names or getattr(data[names[0]], "ndim", None) != 5 or data[names[0]].shape[-1] != 3:
                raise InputError(f"{file} holds no stack_… of five axes; is it a file of DDFF 12-Scene?")
            stacks = data[names[0]]
            if math.prod(stacks.shape[1:]) * stacks.dtype.itemsize > RECORD_BYTES:
                raise InputError(f"{file} announces stacks of {stacks.shape[1:]}, too large to be read")
            disparity_px = np.linspace(*_DDFF_DISPARITY_PX, stacks.shape[1])
            focus_dpt = disparity_px / (_DDFF_FOCAL_PX * _DDFF_BASELINE_M)
            for number in range(stacks.shape[0]):
                images = stacks[number]
                yield [
                    StackSlice(load=_ready(image), focus_dpt=float(value))
                    for image, value in zip(images, focus_dpt, strict=True)
                ]
    except OSError as error:
        raise InputError(f"{file} cannot be read as HDF5; is it a file of DDFF 12-Scene?") from error


def _listing(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if is_image_name(path.name)]
    except OSError as error:
        raise InputError(f"{folder} cannot be read ({error.strerror}); give a folder of images") from error


def _reading(path: Path) -> Callable[[], Image]:
    return lambda: read_image(path)


def _ready(rgb: np.ndarray[Any, np.dtype[Any]]) -> Callable[[], Image]:
    return lambda: np.ascontiguousarray(rgb[..., ::-1].astype(np.uint8))
