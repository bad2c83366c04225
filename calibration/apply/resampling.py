"""Scale and shift an image by a few pixels without blurring some of it more than the rest.

Linear interpolation blurs a pixel the more, the nearer it falls between two others. In a picture scaled by a
hundredth that makes bands, which move with the scale: measured as sharpness, they bend depth by more than its
noise. `cv2.warpAffine` with a better kernel costs five times as much as `cv2.resize`, whose cubic
interpolation is separable, but which lets nobody say where it begins. So it is made to begin some pixels
outside of the image: with every pixel further out, all moves by the scale's excess over 1, until the shift is
the one that is wanted. Only where the scale is so near to 1 that this would be too far, a filter of its own
shifts the image.
"""

import functools
import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.apply.alignment.similarity import Similarity
from focstream.focal_slice import Image

_STRIPS = 2
_LOBES = 3  # of the kernel of the shift (Lanczos)
_SMALLEST_PX = 0.01
_LEAST_GROWTH_PX = 1.0  # below it `cv2.resize` copies; leaving it out costs a quarter of a pixel at the rim
_NEAR_PX = 0.02
"""A shift so near to the one that is wanted is taken for it, if the scale is not too coarse for that."""
_LEAST_OUTSIDE = 2  # pixels that the cubic kernel reaches
_MOST_OUTSIDE = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class _Axis:
    """How one axis is resampled.

    Attributes
    ----------
    before, after
        Pixels that are repeated at both ends of the image.
    start, length
        What of it, with these, is scaled.
    outside
        Pixels of the result before the first that is wanted.
    shift
        Part of a pixel that has to be shifted before, 0 … 1.
    """

    before: int
    after: int
    start: int
    length: int
    outside: int
    shift: float

    @classmethod
    def of(cls, scale: float, origin_px: float, *, side_px: int) -> Self:
        """Plan for pixel x to be taken from scale · x + origin_px."""
        outside, shift = _outside(scale, origin_px)
        before = math.ceil(max((outside + 0.5) * scale - origin_px, 0.0)) + _LOBES + 1
        # Pixel x + outside of what is scaled is taken from (x + outside + ½) · scale − ½ of the window.
        start = round(before + origin_px - (outside + 0.5) * scale + 0.5 - shift)
        length = math.ceil((outside + side_px) * scale) + 2
        after = max(start + length + _LOBES - before - side_px, 0)
        return cls(before=before, after=after, start=start, length=length, outside=outside, shift=shift)

    def window(self, margin: int) -> slice:
        """Return what is scaled, and a margin."""
        return slice(self.start - margin, self.start + self.length + margin)

    def wanted(self, side_px: int) -> slice:
        """Return what is wanted of the result."""
        return slice(self.outside, self.outside + side_px)


def _outside(scale: float, origin_px: float) -> tuple[int, float]:
    """How far outside to begin, and what shift is left (0 where it is near enough to none)."""
    places = np.arange(_LEAST_OUTSIDE, _MOST_OUTSIDE + 1)
    rests = np.mod(origin_px - (places + 0.5) * scale + 0.5, 1.0)
    missed_px = np.minimum(rests, 1.0 - rests)
    near = np.flatnonzero(missed_px <= max(_NEAR_PX, abs(scale - 1.0) / 2.0))
    if len(near):
        return int(places[near[0]]), 0.0
    return _LEAST_OUTSIDE, float(rests[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Resampling:
    """How images of one size are moved to a reference: computed once, applied to many.

    Attributes
    ----------
    size_px
        Width and height of the images.
    scale
        Pixels of the image for every pixel of the reference; 1 where the difference is too small.
    across, down
        Of the columns and of the rows.
    kernels
        Of the shift along x and y that scaling cannot do; None where there is none.
    """

    size_px: tuple[int, int]
    scale: float
    across: _Axis
    down: _Axis
    kernels: tuple[NDArray[np.float32], NDArray[np.float32]] | None

    @classmethod
    def of(cls, similarity: Similarity, *, size_px: tuple[int, int]) -> Self | None:
        """Plan for a similarity without rotation, from pixels of the reference to those of the image.

        None where it moves nothing.
        """
        if similarity.largest_motion_px(size_px) < _SMALLEST_PX:
            return None
        scale = similarity.a
        origins_px = [similarity.x_px, similarity.y_px]
        if abs(scale - 1.0) * max(size_px) < _LEAST_GROWTH_PX:  # a shift that is right in the middle
            origins_px = [
                o + (scale - 1.0) * (side - 1) / 2.0 for o, side in zip(origins_px, size_px, strict=True)
            ]
            scale = 1.0
        across, down = (
            _Axis.of(scale, origin, side_px=side) for origin, side in zip(origins_px, size_px, strict=True)
        )
        shifted = across.shift > 0.0 or down.shift > 0.0
        return cls(
            size_px=size_px,
            scale=scale,
            across=across,
            down=down,
            kernels=(_kernel(across.shift), _kernel(down.shift)) if shifted else None,
        )

    def apply(self, image: Image) -> Image:
        """Lay an image (H, W) or (H, W, 3) on the reference; its rim repeats beyond it."""
        down, across = self.down, self.across
        result = cv2.copyMakeBorder(
            image, down.before, down.after, across.before, across.after, cv2.BORDER_REPLICATE
        )
        margin = 0 if self.kernels is None else _LOBES
        result = result[down.window(margin), across.window(margin)]
        if self.kernels is not None:
            result = _shifted(result, self.kernels)[_LOBES:-_LOBES, _LOBES:-_LOBES]
        if self.scale != 1.0:
            factor = 1.0 / self.scale
            result = cv2.resize(result, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
        width_px, height_px = self.size_px
        return result[down.wanted(height_px), across.wanted(width_px)]  # type: ignore[return-value]  # as it came


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
