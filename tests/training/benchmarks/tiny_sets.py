"""Tiny data sets in the formats of the benchmarks, written by the formats' own libraries."""

from pathlib import Path

import cv2
import h5py
import numpy as np
import OpenEXR
from numpy.typing import NDArray

from tests.training.judging.judged_stacks import SIDE_PX, step_stack
from training.benchmarks.protocols.fod_rules import FOCUS_M
from training.benchmarks.protocols.hci_rules import JUDGED_SCENES, PLANES_PX
from training.data.stack import Stack

PLANES = 10
NEAR_PX, FAR_PX = 0.28, 0.02
"""Limits of DFV's focus list."""


def near_first_rgb(stack: Stack) -> NDArray[np.uint8]:
    """(S, H, W, 3), red-green-blue, as the HDF5 files of DDFF have it."""
    return np.ascontiguousarray(stack.images[::-1, ..., ::-1])


def write_ddff(path: Path, stacks: list[Stack], *, kind: type = np.uint8, hole: float = 0.0) -> Path:
    """Write ``stack_val`` and ``disp_val``; the truth is unknown (`hole`) in the first row."""
    disparity_px = np.stack([FAR_PX + (NEAR_PX - FAR_PX) * stack.truth for stack in stacks])
    disparity_px[:, 0] = hole
    with h5py.File(path, "w") as file:
        file["stack_val"] = np.stack([near_first_rgb(stack) for stack in stacks]).astype(kind)
        file["disp_val"] = disparity_px.astype(np.float32)
    return path


def write_exr(path: Path, channels: dict[str, NDArray[np.float16]]) -> Path:
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    with OpenEXR.File(header, channels) as file:
        file.write(str(path))
    return path


def write_fod(folder: Path, *, numbers: tuple[int, ...] = (399, 400, 401)) -> Path:
    """Write stacks whose left half is at 0.75 m and whose right half is at 0.25 m."""
    folder.mkdir(parents=True, exist_ok=True)
    near_dpt, far_dpt = 1 / FOCUS_M[0], 1 / FOCUS_M[-1]
    dioptres = 1 / np.array([0.75, 0.25, *reversed(FOCUS_M)])
    left, right, *planes = ((dioptres - far_dpt) / (near_dpt - far_dpt)).tolist()
    for number in numbers:
        stack = step_stack(seed=number, far=left, near=right, coordinates=np.array(planes, np.float32))
        for index, image in enumerate(stack.images[::-1]):
            cv2.imwrite(str(folder / f"{number:06d}_{index:02d}All.tif"), image)
        depth_m = np.where(stack.truth == np.float32(left), 0.75, 0.25).astype(np.float16)
        write_exr(folder / f"{number:06d}Dpt.exr", {"R": depth_m, "G": depth_m * 2, "B": depth_m * 3})
    return folder


def write_pfm(path: Path, values: NDArray[np.float32], *, scale: str = "-1.0") -> Path:
    """The rows of a PFM file run from the bottom to the top."""
    head = f"Pf\n{values.shape[1]} {values.shape[0]}\n{scale}\n".encode()
    kind = "<f4" if scale.startswith("-") else ">f4"
    path.write_bytes(head + np.flipud(values).astype(kind).tobytes())
    return path


def light_field(disparity_px: int, *, seed: int = 0, side_px: int = SIDE_PX) -> NDArray[np.uint8]:
    """(9, 9, H, W, 3) of a plane: a camera one to the right sees it `disparity_px` further to the left."""
    picture = np.random.default_rng(seed).integers(0, 256, (side_px, side_px, 3)).astype(np.uint8)
    views = [
        [np.roll(picture, (-(v - 4) * disparity_px, -(u - 4) * disparity_px), axis=(0, 1)) for u in range(9)]
        for v in range(9)
    ]
    return np.array(views)


def write_scene(folder: Path, views: NDArray[np.uint8], disparity_px: NDArray[np.float32]) -> Path:
    folder.mkdir(parents=True)
    for index, view in enumerate(views.reshape(81, *views.shape[2:])):
        cv2.imwrite(str(folder / f"input_Cam{index:03d}.png"), view)
    write_pfm(folder / "gt_disp_lowres.pfm", disparity_px)
    return folder


def write_hci_stacks(path: Path) -> Path:
    """Write ``HCI_FS_trainval.h5`` with the four judged scenes, one of them among those for training."""
    stacks = [step_stack(seed=seed, slices=PLANES) for seed in range(4)]
    truth = np.stack([PLANES_PX[0] + (PLANES_PX[-1] - PLANES_PX[0]) * stack.truth for stack in stacks])
    images = np.stack([stack.images[..., ::-1] for stack in stacks]).astype(np.float32)
    with h5py.File(path, "w") as file:
        file["focus_position_disp"] = np.array([PLANES_PX], np.float32)
        for part, rows in (("train", slice(0, 1)), ("val", slice(1, 4))):
            file[f"stack_{part}"] = images[rows]
            file[f"disp_{part}"] = truth[rows].astype(np.float32)
            names = np.array([[name] for name in JUDGED_SCENES[rows]], dtype=object)
            file.create_dataset(f"name_{part}", data=names, dtype=h5py.string_dtype())
    return path


def write_mobile(root: Path, scene: str, distances: list[float], *, calibrated_as: str | None = None) -> Path:
    """Write one aligned stack, image i focused at `distances` [i], and its calibration."""
    folder = root / "Aligned/Figure5" / scene
    folder.mkdir(parents=True)
    stack = step_stack(slices=len(distances))
    for number, image in enumerate(stack.images, start=1):
        cv2.imwrite(str(folder / f"a{number}.jpg"), image)
    (folder / "1.jpg").write_bytes(b"a raw image, not aligned")
    lists = root / "depth_from_focus_data2/calibration" / (calibrated_as or scene)
    lists.mkdir(parents=True)
    lines = [f"{distance} 1.25" for distance in distances]
    (lists / "calibrated.txt").write_text("\n".join([*lines, "27.5"]) + "\n")
    return root
