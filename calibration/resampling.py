"""Scale and shift an image by a few pixels without blurring some of it more than the rest.

Linear interpolation blurs a pixel the more, the nearer it falls between two others. In a picture scaled by a
hundredth that makes bands, which move with the scale: measured as sharpness, they bend depth by more than its
noise. `cv2.warpAffine` with a better kernel costs three times as much as is to be had; a shift by one kernel
for all pixels and then `cv2.resize`, whose cubic interpolation is separable, cost a third of it.
"""

import functools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.alignment.similarity import Similarity
from focstream.focal_slice import Image

_STRIPS = 2
_LOBES = 3  # of the kernel of the shift (Lanczos)
_SMALLEST_PX = 0.01
_LEAST_GROWTH_PX = 1.0  # below it `cv2.resize` copies; leaving it out costs a quarter of a pixel at the rim


@dataclass(frozen=True, slots=True, kw_only=True)
class Resampling:
    """How images of one size are laid on a reference: computed once, applied to many.

    Attributes
    ----------
    size_px
        Width and height of the images.
    scale
        Pixels of the image for every pixel of the reference; 1 where it is too little to tell.
    window
        Left, top, width and height of what is used of the image within its border.
    kernels
        Of the shift that is left along x and y; None where it is too small to matter.
    border_px
        Pixels repeated around the image.
    """

    size_px: tuple[int, int]
    scale: float
    window: tuple[int, int, int, int]
    kernels: tuple[NDArray[np.float32], NDArray[np.float32]] | None
    border_px: int

    @classmethod
    def of(cls, similarity: Similarity, *, size_px: tuple[int, int]) -> Self | None:
        """Plan for a similarity without rotation, from pixels of the reference to those of the image.

        None where it moves nothing.
        """
        if similarity.largest_motion_px(size_px) < _SMALLEST_PX:
            return None
        scale = similarity.a
        border_px = int(np.ceil(similarity.largest_motion_px(size_px))) + 2 * _LOBES
        resized = abs(scale - 1.0) * max(size_px) >= _LEAST_GROWTH_PX
        if not resized:  # a shift that is right in the middle
            scale = 1.0
        middle = [(side - 1) / 2.0 for side in size_px]
        places = similarity.a * np.array(middle) + (similarity.x_px, similarity.y_px)
        # Pixel x of a resized window is taken from (x + ½)·scale − ½ in it.
        starts = border_px + places - scale * np.array(middle) - (scale - 1.0) / 2.0
        first = np.floor(starts + _SMALLEST_PX).astype(int)
        rest = np.maximum(starts - first, 0.0)
        lengths = [int(np.ceil(side * scale)) + 2 for side in size_px]
        moved = float(rest.max()) >= _SMALLEST_PX
        return cls(
            size_px=size_px,
            scale=scale,
            window=(int(first[0]), int(first[1]), lengths[0], lengths[1]),
            kernels=(_kernel(float(rest[0])), _kernel(float(rest[1]))) if moved else None,
            border_px=border_px,
        )

    def apply(self, image: Image) -> Image:
        """Lay an image (H, W) or (H, W, 3) on the reference; its rim repeats beyond it."""
        pad = self.border_px
        left, top, width, height = self.window
        result = cv2.copyMakeBorder(image, pad, pad, pad, pad, cv2.BORDER_REPLICATE)
        result = result[top - _LOBES : top + height + _LOBES, left - _LOBES : left + width + _LOBES]
        if self.kernels is not None:
            result = _shifted(result, self.kernels)
        result = result[_LOBES:-_LOBES, _LOBES:-_LOBES]
        if self.scale != 1.0:
            factor = 1.0 / self.scale
            result = cv2.resize(result, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
        return result[: self.size_px[1], : self.size_px[0]]  # type: ignore[return-value]  # as it came


def _shifted(image: NDArray[Any], kernels: tuple[NDArray[np.float32], NDArray[np.float32]]) -> NDArray[Any]:
    """Filter in strips, side by side: OpenCV does this filter on one core."""
    rows = np.linspace(0, image.shape[0], _STRIPS + 1).astype(int)
    result = np.empty_like(image)

    def strip(top: int, bottom: int) -> None:
        begin, end = max(top - _LOBES, 0), bottom + _LOBES
        anchor = (_LOBES - 1, _LOBES - 1)
        wide = cv2.sepFilter2D(image[begin:end], -1, *kernels, anchor=anchor)
        result[top:bottom] = wide[top - begin : bottom - begin]

    list(_workers().map(strip, rows[:-1], rows[1:]))
    return result


@functools.cache
def _workers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_STRIPS, thread_name_prefix="resampling")


def _kernel(shift: float) -> NDArray[np.float32]:
    """Lanczos kernel that takes each pixel from `shift` (0 … 1) pixels further on."""
    offset = np.arange(1 - _LOBES, _LOBES + 1) - shift
    taps = np.sinc(offset) * np.sinc(offset / _LOBES)
    return np.asarray(taps / taps.sum(), np.float32)
