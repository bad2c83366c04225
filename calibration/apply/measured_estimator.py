"""A depth estimator whose maps hold what is sure, and carry what they say of the regions asked for."""

import logging
import threading
from collections.abc import Sequence
from dataclasses import replace

from calibration.apply.confidence import Confidence, only_sure
from calibration.apply.map_config import MapConfig
from calibration.apply.regions.meter import RegionMeter
from focstream.protocols import DepthEstimator
from focstream.region import Region
from focstream.types import DepthUpdate, FocalSlice, InputError, Intrinsics

_log = logging.getLogger(__name__)


def measured(estimator: DepthEstimator, config: MapConfig) -> "MeasuredEstimator":
    """Return an estimator, owning `estimator`, whose maps are measured as `config` asks, if at all."""
    return MeasuredEstimator(estimator, config.regions, mask=config.mask)


class MeasuredEstimator:
    """A `DepthEstimator` over another one; owns it.

    Parameters
    ----------
    estimator
        Makes the maps.
    regions
        Are measured in each.
    mask
        What depth must be to stay in the maps, and to count in regions; None for whole maps, in whose regions
        5 % of the sweep count as sure.
    """

    def __init__(
        self, estimator: DepthEstimator, regions: Sequence[Region], *, mask: Confidence | None = None
    ) -> None:
        self._estimator = estimator
        self._regions = tuple(regions)
        self._mask = mask
        self._were_changed = False
        self._changing = threading.Lock()
        self._shape: tuple[int, ...] = ()
        self._intrinsics: Intrinsics | None = None
        self._metered: tuple[Region, ...] = ()
        self._meters: tuple[RegionMeter, ...] = ()

    @property
    def regions(self) -> tuple[Region, ...]:
        """Those that are measured from the next map on."""
        return self._regions

    def measure(self, regions: Sequence[Region]) -> None:
        """Measure other regions from the next map on; from any thread.

        Raises
        ------
        InputError
            When one is outside of the picture, or no picture has come yet.
        """
        if regions and not self._shape:
            raise InputError("regions: no picture has come yet; wait for the first one")
        with self._changing:
            for region in regions:
                _check_inside(region, self._shape)
            self._regions, self._were_changed = tuple(regions), True

    def push(self, focal_slice: FocalSlice, *, show: bool = True) -> DepthUpdate | None:
        """Take one slice; return the refined map, measured, or None when there is none to show yet.

        Raises
        ------
        InputError
            When a region is outside of the picture; one that `measure` was given is left out instead, with
            a warning.
        """
        shape = focal_slice.image.shape[:2]
        if shape != self._shape:
            with self._changing:
                self._regions = tuple(region for region in self._regions if self._is_inside(region, shape))
                self._shape = shape
        update = self._estimator.push(focal_slice, show=show)
        return None if update is None else self._measured(update)

    def _is_inside(self, region: Region, shape: tuple[int, ...]) -> bool:
        try:
            _check_inside(region, shape)
        except InputError as error:
            if not self._were_changed:
                raise
            _log.warning("%s; it is no longer measured", error)
            return False
        return True

    def finish(self) -> DepthUpdate | None:
        """End the sweep in hand early; return its final map, measured, or None."""
        update = self._estimator.finish()
        return None if update is None else self._measured(update)

    def close(self) -> None:
        """Free what the estimator holds."""
        self._estimator.close()

    def _measured(self, update: DepthUpdate) -> DepthUpdate:
        if self._mask is not None:
            update = only_sure(update, self._mask)
        shape = update.coordinate.shape  # a map that was owed may have another size than the newest image
        regions = tuple(region for region in self._regions if _fits(region, shape))
        if not regions and not self._metered:
            return update
        if regions != self._metered or update.intrinsics != self._intrinsics:
            self._metered, self._intrinsics = regions, update.intrinsics
            self._meters = tuple(RegionMeter(region, update.intrinsics) for region in regions)
        confidence = self._mask or Confidence()
        figures = tuple(meter.measure(update, confidence) for meter in self._meters)
        return replace(update, regions=figures)


def _fits(region: Region, shape: tuple[int, ...]) -> bool:
    right, bottom = region.x_px + region.width_px, region.y_px + region.height_px
    return right <= shape[1] and bottom <= shape[0]


def _check_inside(region: Region, shape: tuple[int, ...]) -> None:
    height_px, width_px = shape
    right, bottom = region.x_px + region.width_px, region.y_px + region.height_px
    if not _fits(region, shape):
        raise InputError(
            f"--roi {region}: reaches to x {right}, y {bottom}, but the picture has "
            f"{width_px} × {height_px} px"
        )
