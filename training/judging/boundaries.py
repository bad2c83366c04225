"""Errors beside the edges of depth, and away from them."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from focstream.depth_update import FloatMap
from training.judging.metrics import mean

JUMP = 0.05
"""Step of the true sweep coordinate, from one pixel to the next, that is an edge of depth."""
REACH_PX = 4
"""Pixels on either side of an edge that lie beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundaryErrors:
    """Mean absolute error of the sweep coordinate by the distance from an edge of depth; NaN without pixels.

    Attributes
    ----------
    beside, away
        On the `REACH_PX` pixels on either side of an edge, and on all others.
    """

    beside: float
    away: float


def boundary_errors(prediction: FloatMap, truth: FloatMap) -> BoundaryErrors:
    """Compare (H, W) maps where both are known (not NaN)."""
    beside = beside_edges(truth)
    error = np.abs(prediction.astype(np.float64) - truth)
    judged = np.isfinite(error)
    return BoundaryErrors(beside=mean(error[judged & beside]), away=mean(error[judged & ~beside]))


def beside_edges(truth: FloatMap) -> NDArray[np.bool_]:
    """(H, W) whether a pixel is one of the `REACH_PX` nearest to an edge; an unknown truth has none."""
    touching = np.zeros(truth.shape, bool)
    for axis in (0, 1):
        jumps = np.abs(np.diff(truth, axis=axis)) > JUMP
        for beyond in ((0, 1), (1, 0)):  # the pixel before the jump, and the one behind it
            touching |= np.pad(jumps, [beyond if axis == along else (0, 0) for along in (0, 1)])
    if not touching.any():
        return touching
    distance_px = cv2.distanceTransform((~touching).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(distance_px < REACH_PX)  # the pixels that touch the edge are at 0, the fourth at 3
