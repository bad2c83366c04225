"""One focal stack for a closer look: a folder of images, or one of a shard of rendered stacks."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from focstream.files.array_file import map_array
from focstream.types import InputError
from training.data.real_stack import read_real_stack


@dataclass(frozen=True, slots=True, kw_only=True)
class OneStack:
    """A stack as the network takes it.

    Attributes
    ----------
    images, coordinates
        (S, 3, H, W) float32 blue-green-red, 0 … 1, and (S,) float32.
    scale
        Pixels here of one pixel of the original images.
    """

    images: Tensor
    coordinates: Tensor
    scale: float


def read_stack(path: Path, *, index: int, longest_px: int) -> OneStack:
    """Read stack `index` of a shard, or a folder of images; scaled down to `longest_px`.

    Raises
    ------
    InputError
        When there is no such stack.
    """
    if (path / "images.npy").exists():
        images, coordinates = _of_shard(path, index)
    else:
        found = read_real_stack(path, reverse=False)
        images, coordinates = list(found.images), list(found.coordinates)
    scale = min(longest_px / max(images[0].shape[:2]), 1.0)
    return OneStack(
        images=torch.stack([_tensor(image, scale) for image in images]),
        coordinates=torch.tensor(coordinates, dtype=torch.float32),
        scale=scale,
    )


def _of_shard(path: Path, index: int) -> tuple[list[np.ndarray], list[float]]:
    images, coordinates = map_array(path / "images.npy"), map_array(path / "coordinates.npy")
    if images.ndim != 5 or images.dtype != np.uint8 or images.shape[:2] != coordinates.shape:
        raise InputError(f"{path}: images {images.shape} and coordinates {coordinates.shape} are no shard")
    if not 0 <= index < len(images):
        raise InputError(f"{path}: holds stacks 0 to {len(images) - 1}, not {index}; give another --index")
    return list(images[index]), coordinates[index].tolist()


def _tensor(image: np.ndarray, scale: float) -> Tensor:
    """(H, W) or (H, W, 3), 8 or 16 bits → (3, H', W') 0 … 1."""
    values: NDArray[np.float32] = image.astype(np.float32) / np.float32(np.iinfo(image.dtype).max)
    if scale < 1.0:
        values = np.asarray(
            cv2.resize(values, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.float32
        )
    if values.ndim == 2:
        values = values[..., None].repeat(3, axis=-1)
    return torch.from_numpy(np.ascontiguousarray(values.transpose(2, 0, 1)))
