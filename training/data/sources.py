"""Where pictures with vergence come from: data sets on disk, read whenever they are asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.simulator.optics.surface import FloatImage
from focstream.files.whole_number import whole_number
from focstream.types import InputError
from training.data.blender.depth_files import read_vergence
from training.data.dequantise import dequantise
from training.data.picture import Picture, to_linear
from training.data.picture_file import read_picture

NYU_TRAIN = range(1200)
NYU_VALIDATION = range(1304, 1449)
"""Neighbouring numbers are often one room, so NYUv2 is split by blocks, with a gap between them."""
NYU_STEP_M = 10 / 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Files of one data set, and how one of them is read.

    Attributes
    ----------
    name
        Of the data set.
    files
        Pictures' names, without ending.
    read
        From a name to the picture.
    """

    name: str
    files: tuple[str, ...]
    read: Callable[[str], Picture]

    def pick(self, random: np.random.Generator) -> Picture:
        """Read a random picture."""
        return self.read(self.files[int(random.integers(len(self.files)))])


def nyu(data: Path, numbers: range) -> Source:
    """NYU Depth v2 (Silberman et al. 2012): depth in steps of 3.9 cm, which are undone before it is used."""
    folder = data / "nyuv2"

    def read(name: str) -> Picture:
        steps = read_picture(folder / "depth" / f"{name}.png", cv2.IMREAD_UNCHANGED).astype(np.float32)
        depth_m = dequantise(steps * np.float32(NYU_STEP_M), step=NYU_STEP_M)
        smooth_m = cv2.bilateralFilter(depth_m, 7, 0.15, 3.0)
        return _picture(folder / "rgb" / f"{name}.jpg", nearness=np.reciprocal(np.maximum(smooth_m, 0.4)))

    names = [
        path.stem for path in sorted((folder / "rgb").glob("*.jpg")) if whole_number(path.stem) in numbers
    ]
    return _source("nyu", folder, names, read)


def icl(data: Path) -> Source:
    """ICL-NUIM living room (Handa et al. 2014): rendered, without noise."""
    folder = data / "icl_livingroom"

    def read(name: str) -> Picture:
        depth_mm = read_picture(folder / "depth" / f"{name}.png", cv2.IMREAD_UNCHANGED).astype(np.float32)
        return _picture(
            _only(folder / "rgb", name), nearness=np.reciprocal(np.maximum(depth_mm, 300.0) * 1e-3)
        )

    return _source("icl", folder, [path.stem for path in sorted((folder / "depth").glob("*.png"))], read)


def middlebury(data: Path) -> Source:
    """Middlebury stereo 2003–2006: disparity is linear in vergence; holes are filled from their far side."""
    folder = data / "middlebury"

    def read(name: str) -> Picture:
        disparity = read_picture(_only(folder / "disp", name), cv2.IMREAD_GRAYSCALE)
        return _picture(_only(folder / "rgb", name), nearness=fill_holes(disparity))

    return _source("middlebury", folder, [path.stem for path in sorted((folder / "disp").iterdir())], read)


def blender(data: Path, *, held_out: bool) -> Source:
    """Pictures of ``training scenes``; where nothing is, it is infinitely far.

    Every fifth number is held out for validation, so that a set which grows keeps the two apart.
    """
    folder = data / "blender"

    def read(name: str) -> Picture:
        nearness = np.nan_to_num(read_vergence(folder / "depth" / f"{name}.png"), nan=0.0)
        return _picture(_only(folder / "rgb", name), nearness=nearness)

    names = [path.stem for path in sorted((folder / "depth").glob("*.png"))]
    numbers = {name: whole_number(name) for name in names}
    taken = [name for name, number in numbers.items() if number is not None and (number % 5 == 4) == held_out]
    return _source("blender", folder, taken, read)


def fill_holes(disparity: NDArray[np.uint8]) -> FloatImage:
    """Fill unknown (0) disparities of an (H, W) map with the farther of their neighbours along the row."""
    known = disparity.astype(np.float32)
    known[disparity == 0] = np.nan
    left, right = _carried(known), _carried(known[:, ::-1])[:, ::-1]
    filled = np.fmin(left, right)
    return np.where(np.isnan(filled), np.nanmin(known), filled).astype(np.float32)


def _carried(values: FloatImage) -> FloatImage:
    """Carry the last known value of each row to the right."""
    columns = np.where(np.isnan(values), -1, np.arange(values.shape[1]))
    last = np.maximum.accumulate(columns, axis=1)
    carried = np.take_along_axis(values, np.maximum(last, 0), axis=1)
    return np.where(last < 0, np.nan, carried)


def _picture(path: Path, *, nearness: FloatImage) -> Picture:
    image = read_picture(path, cv2.IMREAD_COLOR)
    if image.shape[:2] != nearness.shape:
        raise InputError(f"{path}: the picture has {image.shape[:2]} pixels, its depth {nearness.shape}")
    return Picture(radiance=to_linear(image), nearness=nearness)


def _only(folder: Path, stem: str) -> Path:
    found = sorted(folder.glob(f"{stem}.*"))
    if len(found) != 1:
        raise InputError(f"{folder}: expected one picture named {stem}.*, found {len(found)}")
    return found[0]


def _source(name: str, folder: Path, files: list[str], read: Callable[[str], Picture]) -> Source:
    if not files:
        raise InputError(f"{folder}: no pictures; --data must name the folder that holds {folder.name}/")
    return Source(name=name, files=tuple(files), read=read)
