"""Eight running sums per pixel from which the peak of focus can be computed at any time."""

import cv2
import numpy as np
from numpy.typing import NDArray

from focstream.depth_update import FloatMap

CENTRE = 0.5
"""Sweep coordinate the powers are taken around: sums stay small, and so does rounding."""

N_MOMENTS = 8
_N_WEIGHT = 5

Moments = NDArray[np.float32]
"""(8, H, W): Σ E⁴xᵏ for k = 0 … 4, then Σ E^3.5 xᵏ for k = 0 … 2, with x = coordinate − 0.5."""


def no_moments(shape: tuple[int, int]) -> Moments:
    """Return the sums over no slice."""
    return np.zeros((N_MOMENTS, *shape), np.float32)


def add_slice(moments: Moments, *, energy: FloatMap, sweep_coordinate: float) -> None:
    """Add one slice in place; in whatever order the slices come, the sums are the same.

    See `inference.sharpness.peak` for what the sums mean.
    """
    root = np.sqrt(energy)
    weight = energy * energy
    target = weight * energy
    target *= root
    weight *= weight
    x = sweep_coordinate - CENTRE
    for k in range(_N_WEIGHT):
        cv2.scaleAdd(weight, x**k, moments[k], moments[k])
    for k in range(N_MOMENTS - _N_WEIGHT):
        cv2.scaleAdd(target, x**k, moments[_N_WEIGHT + k], moments[_N_WEIGHT + k])
