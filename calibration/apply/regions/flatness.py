"""How flat a surface is, and how it is inclined.

A plane is linear in the vergence D = 1/z over x/z and y/z: N · X = 1 for its points X = z (x/z, y/z, 1) gives
D = N · (x/z, y/z, 1). The sweep coordinate is linear in D, so the plane is fitted there, where σ is even.
"""

import math
from dataclasses import dataclass

import numpy as np

from calibration.apply.regions.plane import LEAST_POINTS, Plane, Values, fit_plane
from focstream.types import FocusScale, HeightScale, Scale

_BAND_SHARE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """Points of a map whose depth is known.

    Attributes
    ----------
    x, y
        (N,) x/z and y/z of their rays, or pixels where no rays are known.
    coordinate
        (N,) sweep coordinate.
    on_rays
        Which of both x and y are.
    """

    x: Values
    y: Values
    coordinate: Values
    on_rays: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Flatness:
    """`angle_deg` and `flatness` of `RegionFigures`."""

    angle_deg: float = math.nan
    band: float = math.nan


def flatness_of(samples: Samples, scale: Scale | None) -> Flatness:
    """Fit a plane to the samples, and compare them with it; NaN where none can be fitted."""
    plane = fit_plane(samples.x, samples.y, samples.coordinate)
    if plane is None:
        return Flatness()
    if isinstance(scale, FocusScale):
        return _in_metres(samples, plane, scale)
    per_sweep = scale.span_um if isinstance(scale, HeightScale) else 1.0
    return Flatness(band=_band(per_sweep * (samples.coordinate - plane.at(samples.x, samples.y))))


def _in_metres(samples: Samples, plane: Plane, scale: FocusScale) -> Flatness:
    there_dpt = scale.far_dpt + scale.span_dpt * samples.coordinate
    plane_dpt = scale.far_dpt + scale.span_dpt * plane.at(samples.x, samples.y)
    finite = there_dpt > 0.0  # the others are at or beyond infinity
    if not samples.on_rays:
        finite &= plane_dpt > 0.0
    if np.count_nonzero(finite) < LEAST_POINTS:
        return Flatness()
    there_dpt, plane_dpt = there_dpt[finite], plane_dpt[finite]
    if not samples.on_rays:
        return Flatness(band=_band(1.0 / there_dpt - 1.0 / plane_dpt))
    across = scale.span_dpt * math.hypot(plane.slope_x, plane.slope_y)
    along = scale.far_dpt + scale.span_dpt * plane.offset
    return Flatness(
        angle_deg=math.degrees(math.atan2(across, abs(along))),
        band=_band(plane_dpt / there_dpt - 1.0) / math.hypot(across, along),
    )


def _band(residuals: Values) -> float:
    """Width of the band that holds `_BAND_SHARE` of them."""
    last = len(residuals) - 1
    outside = round(last * (1.0 - _BAND_SHARE) / 2)
    ordered = np.partition(residuals, (outside, last - outside))
    return float(ordered[last - outside] - ordered[outside])
