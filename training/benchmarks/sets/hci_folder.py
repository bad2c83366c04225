"""Scenes of the 4D Light Field Benchmark as they are published: a folder each.

It holds ``input_Cam000.png`` … ``input_Cam080.png``, 9 × 9 views row by row, and ``gt_disp_lowres.pfm``, the
disparity of the middle view in pixels.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from capture.folder.formats.image_file import read_image
from focstream.focal_slice import Image
from focstream.types import InputError
from training.benchmarks.protocols.hci_rules import JUDGED_SCENES
from training.benchmarks.scales import UnitMap
from training.benchmarks.sets.hci_scene import SIDE, HciScene
from training.benchmarks.sets.pfm import read_disparity
from training.benchmarks.sets.refocus import refocused
from training.benchmarks.stacks import SetSize

TRUTH_NAME = "gt_disp_lowres.pfm"


def folder_scenes(root: Path) -> tuple[list[HciScene], SetSize]:
    """Find the judged scenes in a folder, or in its folders (``training/boxes``), and their size.

    Raises
    ------
    InputError
        When one, or an image of one, is not there.
    """
    folders = [_found(root, name) for name in JUDGED_SCENES]
    rows, columns = read_disparity(folders[0] / TRUTH_NAME).shape
    scenes = [HciScene(name=folder.name, read=partial(_read, folder)) for folder in folders]
    return scenes, SetSize(stacks=len(scenes), rows=rows, columns=columns)


def _found(root: Path, name: str) -> Path:
    for folder in (root / name, *sorted(root.glob(f"*/{name}")), *sorted(root.glob(f"*/*/{name}"))):
        if (folder / TRUTH_NAME).is_file():
            _check_views(folder)
            return folder
    raise InputError(f"{root}: no folder {name} in it, or in its folders, holds {TRUTH_NAME}")


def _check_views(folder: Path) -> None:
    for path in _view_paths(folder):
        if not path.is_file():
            raise InputError(f"{path} is missing; copy the data set again")


def _view_paths(folder: Path) -> list[Path]:
    return [folder / f"input_Cam{index:03d}.png" for index in range(SIDE**2)]


def _read(folder: Path, planes_px: Sequence[float]) -> tuple[Sequence[Image], UnitMap]:
    paths = _view_paths(folder)
    views = [read_image(path) for path in paths]
    for path, view in zip(paths, views, strict=True):
        if view.shape != views[0].shape or view.ndim != 3 or view.dtype != np.uint8:
            raise InputError(f"{path}: expected a colour image of 8 bits, of the size of {paths[0].name}")
    field = np.stack(views).astype(np.uint8, copy=False).reshape(SIDE, SIDE, *views[0].shape)
    return refocused(field, planes_px), read_disparity(folder / TRUTH_NAME).astype(np.float64)
