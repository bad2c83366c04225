"""Images made larger as a protocol does it, and maps cropped again."""

from typing import TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from focstream.focal_slice import Image
from training.benchmarks.protocols.rules import PAD_TO_PX, Padding

Values = TypeVar("Values", NDArray[np.float32], NDArray[np.uint8])


def padded(image: Image, padding: Padding) -> Image:
    """(H, W, 3) → sides that are multiples of `PAD_TO_PX`, unless the padding is none."""
    if padding == "none":
        return image
    below, right = (-size % PAD_TO_PX for size in image.shape[:2])
    rows = (below, 0) if padding == "black above" else (0, below)
    widths = (rows, (0, right), (0, 0))
    if padding == "reflected":
        return cast("Image", np.pad(image, widths, mode="reflect"))
    return cast("Image", np.pad(image, widths))


def cropped(values: Values, padding: Padding, *, shape: tuple[int, ...]) -> Values:
    """Part of a map or picture of a padded image that shows the image of `shape` (H, W, …)."""
    rows, columns = shape[:2]
    if padding == "black above":
        return values[values.shape[0] - rows :, :columns]
    return values[:rows, :columns]
