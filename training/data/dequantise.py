"""Undoes the steps of a coarsely quantised depth map: smooth surfaces become smooth again."""

import numpy as np

from capture.simulator.optics.surface import FloatImage

REACHES_PX = (16, 8, 4, 2, 1)
"""Distances of the neighbours that are averaged, wide ones first: terraces may be that wide."""
ROUNDS = 4
"""Averages at each distance."""
SAME_SURFACE = 1.5
"""Quantisation steps between neighbours up to which they count as one surface."""


def dequantise(values: FloatImage, *, step: float) -> FloatImage:
    """Find a smooth map that would be quantised to the given one.

    Every value is replaced by the mean of itself and of neighbours on the same surface, again and again, but
    stays within half a step of what it was: whatever rounds to the given map is as true as that map, and
    surfaces are smooth more often than they are stairs.

    Parameters
    ----------
    values
        (H, W) float32 multiples of `step`.
    step
        Of the quantisation.

    Returns
    -------
    smooth
        (H, W) float32, at most half a step from `values`.
    """
    low, high = values - np.float32(0.5 * step), values + np.float32(0.5 * step)
    smooth = values.copy()
    for reach in REACHES_PX:
        if 2 * reach >= min(values.shape):
            continue
        for _ in range(ROUNDS):
            smooth = np.clip(_mean_of_surface(smooth, reach=reach, limit=SAME_SURFACE * step), low, high)
    return smooth


def _mean_of_surface(values: FloatImage, *, reach: int, limit: float) -> FloatImage:
    """Mean of pairs of opposite neighbours, of those pairs that both lie on the surface."""
    total, count = values.copy(), np.ones_like(values)
    for axis in (0, 1):
        inner = [slice(None), slice(None)]
        inner[axis] = slice(reach, -reach)
        centre = values[tuple(inner)]
        before = np.take(values, range(values.shape[axis] - 2 * reach), axis=axis)
        after = np.take(values, range(2 * reach, values.shape[axis]), axis=axis)
        same = (np.abs(before - centre) < limit) & (np.abs(after - centre) < limit)
        total[tuple(inner)] += np.where(same, 0.5 * (before + after), 0.0)
        count[tuple(inner)] += same
    return np.asarray(total / count, np.float32)
