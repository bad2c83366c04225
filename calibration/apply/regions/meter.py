"""Measures one region in every map."""

import math

import numpy as np
from numpy.typing import NDArray

from calibration.apply.confidence import Confidence
from calibration.apply.point_cloud import directions
from calibration.apply.regions.flatness import Samples, flatness_of
from calibration.apply.regions.plane import Values, median
from focstream.depth_update import FloatMap
from focstream.region import Region, RegionFigures
from focstream.types import DepthUpdate, Intrinsics, Scale

MOST_SAMPLES = 2048
"""Pixels of a region that are looked at, spread evenly: neighbours say nearly the same, and maps are many."""
_MOST_IN_PLANE = 1024
_FEWEST_SLICES = 3
_STEPS = (0.7548776662466927, 0.5698402909980532)
"""Of a sequence that fills the square evenly (R2: powers of the plastic number's inverse)."""


class RegionMeter:
    """Knows the samples of a region and the rays through them.

    Parameters
    ----------
    region
        Within the picture.
    intrinsics
        Of the maps; None where they are unknown.
    """

    def __init__(self, region: Region, intrinsics: Intrinsics | None) -> None:
        self.region = region
        self._on_rays = intrinsics is not None
        self._rows, self._columns = _samples(region)
        self._x, self._y = _places(self._columns, self._rows, intrinsics)

    def measure(self, update: DepthUpdate, confidence: Confidence) -> RegionFigures:
        """Say of the region what `update` says; nothing but NaN in the first half of a sweep.

        Raises
        ------
        InputError
            As `Confidence.is_sure`.
        """
        places = self._rows, self._columns
        coordinate, sigma = update.coordinate[places], update.coordinate_sigma[places]
        sure = confidence.is_sure(coordinate, sigma, update.scale)
        if not _is_far_enough(update):
            return _nothing_yet(self.region)
        depth, depth_sigma = _medians(coordinate[sure], sigma[sure], update.scale)
        some = np.flatnonzero(sure)[:_MOST_IN_PLANE]
        flatness = flatness_of(
            Samples(
                x=self._x[some],
                y=self._y[some],
                coordinate=coordinate[some].astype(np.float64),
                on_rays=self._on_rays,
            ),
            update.scale,
        )
        return RegionFigures(
            region=self.region,
            median=depth,
            sigma=depth_sigma,
            angle_deg=flatness.angle_deg,
            flatness=flatness.band,
            sure_share=float(sure.mean()),
        )


def _is_far_enough(update: DepthUpdate) -> bool:
    """Whether what is sure may stand for the region: what lies ahead of the sweep has no depth yet."""
    slots = update.tag.slots
    fewest = _FEWEST_SLICES if slots is None else max(_FEWEST_SLICES, math.ceil(slots / 2))
    return update.final or update.slices_seen >= fewest


def _nothing_yet(region: Region) -> RegionFigures:
    none = math.nan
    return RegionFigures(
        region=region, median=none, sigma=none, angle_deg=none, flatness=none, sure_share=none
    )


def _samples(region: Region) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return rows and columns: all of a small region, else spread evenly, in step with no pattern."""
    pixels = region.width_px * region.height_px
    if pixels <= MOST_SAMPLES:  # shuffled, so that the first of them are spread evenly too
        rows, columns = np.divmod(np.random.default_rng(0).permutation(pixels), region.width_px)
    else:
        across, down = (0.5 + np.outer(_STEPS, np.arange(MOST_SAMPLES))) % 1.0
        rows, columns = (down * region.height_px).astype(np.intp), (across * region.width_px).astype(np.intp)
    return region.y_px + rows, region.x_px + columns


def _places(
    columns: NDArray[np.intp], rows: NDArray[np.intp], intrinsics: Intrinsics | None
) -> tuple[Values, Values]:
    """Return x/z and y/z of the rays through pixels, or the pixels where no rays are known."""
    if intrinsics is None:
        return columns.astype(np.float64), rows.astype(np.float64)
    x_per_z, y_per_z = directions(columns, rows, intrinsics)
    return x_per_z.astype(np.float64), y_per_z.astype(np.float64)


def _medians(coordinate: FloatMap, sigma: FloatMap, scale: Scale | None) -> tuple[float, float]:
    """Return the medians of both, in the unit of the depth; NaN of nothing."""
    if coordinate.size == 0:
        return math.nan, math.nan
    middle, middle_sigma = median(coordinate), median(sigma)
    if scale is None:
        return middle, middle_sigma
    where, spread = np.array([middle], np.float32), np.array([middle_sigma], np.float32)
    return float(scale.depth(where)[0]), float(scale.sigma(where, spread)[0])
