"""Depth as 16-bit millimetres (ROS 16UC1): 0 = none, 65535 = that far or farther."""

import numpy as np
from numpy.typing import NDArray

from focstream.depth_update import FloatMap

NONE_MM = 0
FARTHEST_MM = 65_535


def to_millimetres(depth_m: FloatMap) -> NDArray[np.uint16]:
    """(H, W) uint16 of (H, W) float32 metres.

    NaN becomes 0. What is beyond 65.535 m, infinity included, saturates; a depth below half a millimetre
    becomes 1, because 0 would mean none.
    """
    rounded = np.rint(depth_m * np.float32(1000.0))
    clipped = np.clip(rounded, 1, FARTHEST_MM)
    clipped[np.isnan(clipped)] = NONE_MM
    depth_mm: NDArray[np.uint16] = clipped.astype("<u2")
    return depth_mm


def to_metres(depth_mm: NDArray[np.uint16]) -> FloatMap:
    """(H, W) float32 metres: NaN where there is none, +inf where the value is saturated."""
    depth_m: FloatMap = depth_mm.astype(np.float32) * np.float32(1e-3)
    depth_m[depth_mm == NONE_MM] = np.nan
    depth_m[depth_mm == FARTHEST_MM] = np.inf
    return depth_m
