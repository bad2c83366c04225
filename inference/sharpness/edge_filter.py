"""Smoothing that stops at the edges of a guide image, and of depth itself."""

import cv2
import numpy as np
from numpy.typing import NDArray

from focstream.depth_update import FloatMap
from inference.sharpness.peak import Peak

_MEDIAN_PX = 5
_DIRECTIONS = ((0, 1), (1, 0), (1, 1), (1, -1))
_GUIDE_STEP = np.float32(0.05)  # of full scale: a difference that halves the weight
_COORDINATE_STEP = np.float32(0.02)  # likewise for depth that is sure

Window = tuple[slice, slice]


def distrust_outliers(peak: Peak) -> Peak:
    """Raise the variance of pixels that contradict the median around them by the square of the gap."""
    median = cv2.medianBlur(peak.coordinate, _MEDIAN_PX)
    gap = peak.coordinate - median
    gap *= gap
    gap -= peak.variance
    return Peak(coordinate=peak.coordinate, variance=peak.variance + np.maximum(gap, 0))


def smooth(peak: Peak, *, guide: FloatMap, step_px: int) -> Peak:
    """One pass of an edge-avoiding à-trous filter with 3 x 3 taps, `step_px` apart.

    After Dammertz et al., "Edge-avoiding À-Trous wavelet transform for fast global illumination filtering",
    High Performance Graphics 2010, here with weights of inverse variance besides. σ becomes the mean σ of
    the neighbourhood, not that of the mean: neighbours share their noise, for their supports overlap, and a
    pixel that knows nothing must not become sure by borrowing.

    Parameters
    ----------
    peak
        (H, W) map.
    guide
        (H, W) float32 brightness 0 … 1 of the all-in-focus image.
    step_px
        Distance of the taps; passes with 1, 2, 4 … make a wide filter.
    """
    precision = peak.precision()
    weight = precision.copy()
    total = precision * peak.coordinate
    likeness = np.ones_like(precision)
    sigma = np.sqrt(peak.variance)
    sigmas = sigma.copy()
    for direction in _DIRECTIONS:
        windows = _windows(precision.shape, down=direction[0] * step_px, across=direction[1] * step_px)
        if windows is None:
            continue
        here, there = windows
        alike = _likeness(peak, guide=guide, here=here, there=there)
        for to, source in ((here, there), (there, here)):
            tap = alike * precision[source]
            weight[to] += tap
            sigmas[to] += alike * sigma[source]
            tap *= peak.coordinate[source]
            total[to] += tap
            likeness[to] += alike
    return Peak(coordinate=total / weight, variance=np.square(sigmas / likeness))


def _windows(shape: tuple[int, ...], *, down: int, across: int) -> tuple[Window, Window] | None:
    """Where pixels have a neighbour at an offset, and where those neighbours are."""
    height, width = shape
    if down >= height or abs(across) >= width:
        return None
    left, right = max(-across, 0), width - max(across, 0)
    here = (slice(0, height - down), slice(left, right))
    there = (slice(down, height), slice(left + across, right + across))
    return here, there


def _likeness(peak: Peak, *, guide: FloatMap, here: Window, there: Window) -> NDArray[np.float32]:
    """1 for pixels of one surface, near 0 across an edge."""
    contrast = guide[here] - guide[there]
    contrast *= contrast
    contrast *= 1 / (_GUIDE_STEP * _GUIDE_STEP)
    gap = peak.coordinate[here] - peak.coordinate[there]
    gap *= gap
    gap /= peak.variance[here] + peak.variance[there] + _COORDINATE_STEP * _COORDINATE_STEP
    contrast += gap
    contrast += 1
    contrast *= contrast
    np.reciprocal(contrast, out=contrast)
    return contrast
