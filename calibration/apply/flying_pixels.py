"""Pixels behind the edge of a thing, whose depth is neither its own nor that of what is behind it."""

import cv2
import numpy as np

from calibration.apply.confidence import Confidence
from focstream.depth_update import FloatMap
from focstream.focal_slice import BoolMap
from focstream.types import Scale

_RADIUS_PX = 3
"""How far around a pixel both sides of an edge are looked for."""
_LEAST_STEP = 0.05
"""Step in depth, as a share of the sweep, that is an edge …"""
_STEP_SIGMAS = 4.0
"""… and how many standard deviations it has at least."""
_SIDE = 0.1
"""A pixel this near to a side, as a share of the step, belongs to it."""
_RAMP = 1.7
"""On a slanted surface the range doubles with the window; at an edge it hardly grows."""
_BEYOND = 1e3
"""Sweeps are from 0 to 1."""


def counts_in_cloud(
    coordinate: FloatMap, coordinate_sigma: FloatMap, scale: Scale | None, confidence: Confidence
) -> BoolMap:
    """Return where depth is sure, and no flying pixel.

    Raises
    ------
    InputError
        As `Confidence.is_sure`.
    """
    sure = confidence.is_sure(coordinate, coordinate_sigma, scale)
    return sure & ~flying_pixels(coordinate, coordinate_sigma)


def flying_pixels(coordinate: FloatMap, coordinate_sigma: FloatMap) -> BoolMap:
    """Return where depth lies in the step between two surfaces, and on neither.

    Parameters
    ----------
    coordinate, coordinate_sigma
        (H, W) float32 sweep coordinate and its standard deviation; NaN = no depth.
    """
    rim = 2 * _RADIUS_PX
    far, near = _limits(coordinate, _RADIUS_PX)
    step = near - far
    edge = step > np.fmax(_STEP_SIGMAS * coordinate_sigma, np.float32(_LEAST_STEP))
    between = (coordinate - far > _SIDE * step) & (near - coordinate > _SIDE * step)
    # Beyond the rim of the picture surfaces go on as they are inclined, or each would end there at an edge.
    wide_far, wide_near = _limits(np.pad(coordinate, rim, mode="reflect", reflect_type="odd"), rim)
    slanted = (wide_near - wide_far)[rim:-rim, rim:-rim] >= _RAMP * step
    flying: BoolMap = edge & between & ~slanted
    return flying


def _limits(coordinate: FloatMap, radius_px: int) -> tuple[FloatMap, FloatMap]:
    """Smallest and largest value within a square about every pixel; places without depth do not count."""
    window = np.ones((2 * radius_px + 1, 2 * radius_px + 1), np.uint8)
    none = np.isnan(coordinate)
    far = cv2.erode(np.where(none, np.float32(_BEYOND), coordinate), window)
    near = cv2.dilate(np.where(none, np.float32(-_BEYOND), coordinate), window)
    return np.asarray(far, np.float32), np.asarray(near, np.float32)
