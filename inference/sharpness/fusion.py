"""The peaks of several scales as one map."""

from collections.abc import Sequence

import numpy as np

from inference.sharpness.peak import Peak
from inference.sharpness.pixels import enlarged


def fuse_scales(peaks: Sequence[Peak]) -> Peak:
    """Combine by inverse variance, from coarse to fine, into the shape of the first peak.

    Parameters
    ----------
    peaks
        Fine to coarse; each has the shape of the one before it, or is the next level of a pyramid.
    """
    fused = peaks[-1]
    for finer in reversed(peaks[:-1]):
        coarse = fused if fused.variance.shape == finer.variance.shape else _enlarged(fused, like=finer)
        fused = _combine(finer, coarse=coarse)
    return fused


def _combine(fine: Peak, *, coarse: Peak) -> Peak:
    """Weighted mean; a coarse peak that contradicts a sure fine one has looked across an edge of depth."""
    gap = coarse.coordinate - fine.coordinate
    bias = np.maximum(gap * gap - fine.variance, 0)
    coarse_variance = coarse.variance + bias
    share = fine.variance / (fine.variance + coarse_variance)
    return Peak(coordinate=fine.coordinate + share * gap, variance=share * coarse_variance)


def _enlarged(peak: Peak, *, like: Peak) -> Peak:
    """One level finer; where neighbours differ in depth, their spread adds to the variance."""
    shape = (like.variance.shape[0], like.variance.shape[1])
    precision = peak.precision()
    weighted = precision * peak.coordinate
    weight = enlarged(precision, shape=shape)
    mean = enlarged(weighted, shape=shape) / weight
    spread = enlarged(weighted * peak.coordinate, shape=shape) / weight - mean * mean
    return Peak(coordinate=mean, variance=np.reciprocal(weight) + np.maximum(spread, 0))
