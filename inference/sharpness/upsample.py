"""Maps of half the size brought to the size of the image along its edges."""

from collections.abc import Iterator

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
    weight = np.zeros_like(guide)
    coordinate = np.zeros_like(guide)
    variance = np.zeros_like(guide)
    for taps in zip(
        *(_corners(m, like=guide) for m in (half_guide, half.coordinate, half.variance)), strict=True
    ):
        alike = taps[0] - guide
        alike *= alike
        alike *= 1 / (_GUIDE_STEP * _GUIDE_STEP)
        alike += 1
        np.reciprocal(alike, out=alike)
        weight += alike
        coordinate += alike * taps[1]
        variance += alike * taps[2]
    coordinate /= weight
    variance /= weight
    return Peak(coordinate=coordinate, variance=variance)


def _corners(half: FloatMap, *, like: FloatMap) -> Iterator[FloatMap]:
    """Give views (H, W) of the four neighbours at half size of every pixel; on even rows two are the same."""
    height, width = like.shape
    padded = np.pad(half, ((0, 1), (0, 1)), mode="edge")
    doubled = padded.repeat(2, axis=0).repeat(2, axis=1)
    for down in (0, 1):
        for across in (0, 1):
            yield doubled[down : down + height, across : across + width]
