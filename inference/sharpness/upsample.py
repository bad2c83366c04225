"""Maps of half the size brought to the size of the image along its edges."""

import itertools
from collections.abc import Sequence

import numpy as np

from focstream.depth_update import FloatMap
from inference.sharpness.peak import Peak

_GUIDE_STEP = np.float32(0.04)  # of full scale: a difference that halves the weight


def upsample(half: Peak, *, guide: FloatMap, half_guide: FloatMap) -> Peak:
    """Each pixel takes from its four neighbours at half size those that look like it.

    Joint bilateral upsampling (Kopf et al., ACM Transactions on Graphics 26(3), 2007), the smallest window.

    Parameters
    ----------
    half
        Map whose pixel (i, j) lies at (2i, 2j).
    guide
        (H, W) float32 brightness 0 … 1.
    half_guide
        The same in the shape of `half`.
    """
    near = [
        np.pad(values, ((0, 1), (0, 1)), mode="edge")
        for values in (half_guide, half.coordinate, half.variance)
    ]
    coordinate = np.empty_like(guide)
    variance = np.empty_like(guide)
    for down, across in itertools.product((0, 1), repeat=2):
        grid = (slice(down, None, 2), slice(across, None, 2))
        coordinate[grid], variance[grid] = _blend(near, guide=guide[grid], phase=(down, across))
    return Peak(coordinate=coordinate, variance=variance)


def _blend(near: Sequence[FloatMap], *, guide: FloatMap, phase: tuple[int, int]) -> tuple[FloatMap, FloatMap]:
    """Coordinate and variance of the pixels of one phase: on the grid of the half size or between it."""
    height, width = guide.shape
    corners = [
        tuple(values[down : down + height, across : across + width] for values in near)
        for down in range(phase[0] + 1)
        for across in range(phase[1] + 1)
    ]
    if len(corners) == 1:
        return corners[0][1], corners[0][2]
    weight, coordinate, variance = (np.zeros(guide.shape, np.float32) for _ in range(3))
    for corner_guide, corner_coordinate, corner_variance in corners:
        alike = corner_guide - guide
        alike *= alike
        alike *= 1 / (_GUIDE_STEP * _GUIDE_STEP)
        alike += 1
        np.reciprocal(alike, out=alike)
        weight += alike
        coordinate += alike * corner_coordinate
        alike *= corner_variance
        variance += alike
    return coordinate / weight, variance / weight
