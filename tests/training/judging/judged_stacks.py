"""Small stacks in which depth can be found."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from training.data.dataset_files import write_shard
from training.data.stack import Stack
from training.judging.judged import JudgedStack

SIDE_PX = 48


def step_stack(
    *,
    seed: int = 0,
    slices: int = 5,
    far: float = 0.25,
    near: float = 0.75,
    coordinates: NDArray[np.float32] | None = None,
) -> Stack:
    """Texture, its left half far and its right half near; blur grows with the distance from focus.

    The slices are even over the sweep, or at `coordinates`.
    """
    texture = np.random.default_rng(seed).integers(0, 256, (SIDE_PX, SIDE_PX, 3)).astype(np.float32)
    texture = cv2.GaussianBlur(texture, (0, 0), 0.8)
    truth = np.full((SIDE_PX, SIDE_PX), far, np.float32)
    truth[:, SIDE_PX // 2 :] = near
    if coordinates is None:
        coordinates = np.linspace(0.0, 1.0, slices, dtype=np.float32)
    images = []
    for coordinate in coordinates:
        sides = {
            depth: cv2.GaussianBlur(texture, (0, 0), 0.3 + 6.0 * abs(float(coordinate) - depth))
            for depth in (far, near)
        }
        image = np.where((truth == near)[..., None], sides[near], sides[far])
        images.append(np.clip(image, 0, 255).astype(np.uint8))
    return Stack(images=np.stack(images), coordinates=coordinates, truth=truth, blur_gain_px=12.0)


def judged(stack: Stack) -> JudgedStack:
    return JudgedStack(
        images=tuple(stack.images), coordinates=tuple(map(float, stack.coordinates)), truth=stack.truth
    )


def write_set(folder: Path, *, count: int = 2, slices: int = 5) -> Path:
    write_shard(folder / "shard", [step_stack(seed=seed, slices=slices) for seed in range(count)])
    return folder


def write_images(folder: Path, stack: Stack, *, near_first: bool = False) -> Path:
    folder.mkdir(parents=True)
    images = stack.images[::-1] if near_first else stack.images
    for index, image in enumerate(images):
        cv2.imwrite(str(folder / f"{index:03d}.png"), image)
    return folder


def write_reference_stack(folder: Path, stack: Stack, *, border_px: int = 4) -> Path:
    """Write a stack like the rough surfaces: nearest first, height in steps of the sweep, no border."""
    write_images(folder, stack, near_first=True)
    inner = stack.truth[border_px:-border_px, border_px:-border_px]
    np.save(folder / "reference.npy", ((inner - 1.0) * (len(stack.images) - 1)).astype(np.float32))
    return folder


def write_hard_stack(folder: Path, stack: Stack) -> Path:
    """Write a stack as those of ``--hard`` are."""
    write_images(folder, stack)
    np.savetxt(folder / "coordinates.txt", stack.coordinates, fmt="%.6f")
    np.save(folder / "truth.npy", stack.truth)
    return folder
