"""Scenes of the 4D Light Field Benchmark in the HDF5 files that AiFDepthNet's tools make.

``HCI_LF_trainval.h5`` holds light fields, ``LF_…`` (N, 9, 9, H, W, 3); ``HCI_FS_trainval.h5`` focal stacks,
``stack_…`` (N, 10, H, W, 3), the farthest plane first. Both are red-green-blue, 0 … 255, with ``disp_…``
(N, H, W) and ``name_…`` (N, 1), of ``…_train`` and ``…_val``. The judged scenes may be in either.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from focstream.focal_slice import Image
from focstream.types import InputError
from training.benchmarks.protocols.hci_rules import JUDGED_SCENES
from training.benchmarks.scales import UnitMap
from training.benchmarks.sets.h5_file import DataSets, opened
from training.benchmarks.sets.hci_scene import SIDE, HciScene
from training.benchmarks.sets.refocus import refocused
from training.benchmarks.stacks import SetSize, eight_bit

STACKS, VIEWS = "stack", "LF"
_WHAT = "the 4D Light Field Benchmark: HCI_FS_trainval.h5 or HCI_LF_trainval.h5"
_PARTS = ("val", "train")


def file_scenes(path: Path, *, planes: Sequence[float]) -> tuple[list[HciScene], SetSize]:
    """Find the judged scenes in a file of focal stacks of these planes, or of light fields, and their size.

    Raises
    ------
    InputError
        When it is no such file, or lacks one of them.
    """
    with opened(path, axes={"disp_val": 3}, is_file_of=_WHAT) as file:
        kind = STACKS if "stack_val" in file else VIEWS
        if kind == STACKS:
            _check_planes(file, path, planes)
        grid = (len(planes),) if kind == STACKS else (SIDE, SIDE)
        places = {name: _place(file, path, kind, name) for name in JUDGED_SCENES}
        for part, _ in set(places.values()):
            _check_shapes(file, path, f"{kind}_{part}", f"disp_{part}", grid=grid)
        rows, columns = file["disp_val"].shape[1:]
    scenes = [HciScene(name=name, read=partial(_read, path, kind, place)) for name, place in places.items()]
    return scenes, SetSize(stacks=len(scenes), rows=rows, columns=columns)


def _check_planes(file: DataSets, path: Path, planes: Sequence[float]) -> None:
    if "focus_position_disp" not in file:
        raise InputError(f"{path} has no focus_position_disp; give a file of {_WHAT}")
    found = np.ravel(file["focus_position_disp"][:])
    if found.shape != (len(planes),) or not np.allclose(found, planes, atol=1e-4):
        raise InputError(
            f"{path}: is focused at {found.round(3).tolist()}; the protocols take {len(planes)} planes from "
            f"{planes[0]:g} to {planes[-1]:g}"
        )


def _place(file: DataSets, path: Path, kind: str, scene: str) -> tuple[str, int]:
    """Part of the file that has a scene, and the scene's index in it."""
    for part in _PARTS:
        if f"name_{part}" in file and f"{kind}_{part}" in file:
            names = [_text(value) for value in np.ravel(file[f"name_{part}"][:])]
            if scene in names:
                return part, names.index(scene)
    raise InputError(f"{path}: neither name_val nor name_train has the scene {scene}; make the file again")


def _check_shapes(file: DataSets, path: Path, name: str, truth_name: str, *, grid: tuple[int, ...]) -> None:
    shape: tuple[int, ...] = getattr(file.get(name), "shape", ())
    truth_shape: tuple[int, ...] = getattr(file.get(truth_name), "shape", ())
    if len(truth_shape) != 3 or shape != (truth_shape[0], *grid, *truth_shape[1:], 3):
        wanted = ", ".join(map(str, grid))
        raise InputError(
            f"{path}: {name} {shape} and {truth_name} {truth_shape}; expected (N, {wanted}, H, W, 3) "
            "and (N, H, W)"
        )


def _text(value: bytes | str) -> str:
    """Name of a scene; some files have the path of its folder."""
    text = value.decode() if isinstance(value, bytes) else value
    return text.rpartition("/")[2]


def _read(
    path: Path, kind: str, place: tuple[str, int], planes_px: Sequence[float]
) -> tuple[Sequence[Image], UnitMap]:
    part, index = place
    with opened(path, axes={}, is_file_of=_WHAT) as file:
        rgb = eight_bit(file[f"{kind}_{part}"][index], where=f"{path}, {kind}_{part} {index}")
        truth = file[f"disp_{part}"][index].astype(np.float64)
    bgr = np.ascontiguousarray(rgb[..., ::-1])
    return (refocused(bgr, planes_px) if kind == VIEWS else list(bgr)), truth
