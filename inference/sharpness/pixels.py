"""Images of any kind as the float pictures that sharpness is measured on."""

import cv2
import numpy as np
from numpy.typing import NDArray

from focstream.depth_update import FloatMap
from focstream.focal_slice import Image


def to_grey(image: Image) -> FloatMap:
    """(H, W) float32 brightness, 0 … 1 of the range of the integers of `image`."""
    grey = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    return np.multiply(grey, np.float32(1.0 / np.iinfo(image.dtype).max), dtype=np.float32)


def to_uint8(image: Image) -> NDArray[np.uint8]:
    """Return the image with 8 bits a channel, same shape."""
    if image.dtype == np.uint8:
        return image.view(np.uint8)
    return (image >> 8).astype(np.uint8)


def pyramid(grey: FloatMap, *, levels: int) -> list[FloatMap]:
    """`grey` and its halvings; pixel (i, j) of a level lies at (2i, 2j) of the level below."""
    images = [grey]
    while len(images) < levels:
        images.append(cv2.pyrDown(images[-1]).astype(np.float32, copy=False))
    return images


def half_shape(shape: tuple[int, int]) -> tuple[int, int]:
    """Shape of the next level of a pyramid."""
    return (shape[0] + 1) // 2, (shape[1] + 1) // 2


def enlarged(half: FloatMap, *, shape: tuple[int, int]) -> FloatMap:
    """Return a level of a pyramid brought to the shape of the level below it."""
    return cv2.pyrUp(half, dstsize=(shape[1], shape[0])).astype(np.float32, copy=False)
