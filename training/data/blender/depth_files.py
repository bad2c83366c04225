"""Depth as a picture: 16 bits, linear in vergence.

The nearest pixel is 65535; 0 means nothing. Steps are 1.5e-5 of the nearest
vergence whether the scene is a screw or a room. Millimetres would be stairs on the screw.
"""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from focstream.types import InputError
from training.data.picture_file import read_picture

FULL = 65535
DEPTH_UNIT = "65535 * near_m / depth_m; 0 = nothing"


def encoded(depth_m: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Encode an (H, W) depth, NaN where nothing is; needs at least one pixel with depth."""
    near_m = np.nanmin(depth_m)
    return np.nan_to_num(np.rint(FULL * near_m / depth_m.astype(np.float64)), nan=0.0).astype(np.uint16)


def read_vergence(path: Path) -> NDArray[np.float32]:
    """Read an (H, W) vergence relative to the nearest pixel, 0 … 1; NaN where nothing is.

    Raises
    ------
    InputError
        When the file is not such a picture.
    """
    image = read_picture(path, cv2.IMREAD_UNCHANGED)
    if image.dtype != np.uint16 or image.ndim != 2:
        raise InputError(f"{path}: not a depth picture with 16 bits and one channel")
    vergence = image.astype(np.float32) / np.float32(FULL)
    return np.where(image == 0, np.float32(np.nan), vergence)
