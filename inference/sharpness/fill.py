"""Depth for the pixels without texture, from the surfaces around them."""

import cv2
import numpy as np

from focstream.depth_update import FloatMap
from inference.sharpness.edge_filter import smooth
from inference.sharpness.peak import Peak
from inference.sharpness.pixels import enlarged

_SMALLEST_PX = 4
_SIGMA = 0.1  # what a filled pixel is known to, at the best


def fill(peak: Peak, *, guide: FloatMap, max_variance: float) -> Peak:
    """Replace what is surer in the neighbourhood than in place: push-pull with a guide.

    Down a pyramid, sure pixels are averaged and smoothed along the guide; up again, unsure ones take the mean
    of the level above (Gortler et al., "The lumigraph", SIGGRAPH 1996).

    Parameters
    ----------
    peak
        (H, W) map without NaN.
    guide
        (H, W) float32 brightness 0 … 1.
    max_variance
        Of a pixel that keeps its own value.
    """
    smoothed = smooth(peak, guide=guide, step_px=1)
    if min(guide.shape) <= _SMALLEST_PX:
        return smoothed
    above = fill(_halved(smoothed), guide=_half(guide), max_variance=max_variance)
    shape = (guide.shape[0], guide.shape[1])
    trust = np.square(np.minimum(np.float32(max_variance) * smoothed.precision(), 1))
    coarse = enlarged(above.coordinate, shape=shape)
    variance = np.maximum(enlarged(above.variance, shape=shape), np.float32(_SIGMA**2))
    return Peak(
        coordinate=coarse + trust * (smoothed.coordinate - coarse),
        variance=variance + trust * (smoothed.variance - variance),
    )


def _halved(peak: Peak) -> Peak:
    precision = peak.precision()
    weight = _half(precision)
    return Peak(coordinate=_half(precision * peak.coordinate) / weight, variance=np.reciprocal(weight))


def _half(values: FloatMap) -> FloatMap:
    return cv2.pyrDown(values).astype(np.float32, copy=False)
