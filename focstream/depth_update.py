"""The depth map as known after one more slice, and the one place where it gets its unit."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from focstream.errors import NotMetricError
from focstream.focal_slice import SliceTag
from focstream.focus_scale import CalibrationLevel, FocusScale
from focstream.height_scale import Scale
from focstream.intrinsics import Intrinsics
from focstream.region import RegionFigures

FloatMap = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthUpdate:
    """A depth map after `slices_seen` slices.

    Estimators work in the sweep coordinate (0 far … 1 near); what it means, in metres or in micrometres of
    height, is derived here by its scale. Without one there are no metres, and asking for them is an error.

    Attributes
    ----------
    coordinate, coordinate_sigma
        (H, W) float32 sweep coordinate and its standard deviation; NaN = no depth.
    all_in_focus
        (H, W) or (H, W, 3) uint8, colour blue-green-red.
    tag
        Of the slice that caused this update.
    slices_seen
        Slices fused into this map. A whole sweep has `tag.slots`, where that is known; with ``--update
        rolling`` a map may have seen more.
    final
        True once for every sweep: nothing more will be added to it.
    broken
        Slices of this sweep are missing: a device was lost before its last slice, or slices were dropped.
        What is missing may be known only in the final map; that is broken if, and only if, its sweep is
        incomplete, where the sweep tells how many slots it has (`tag.slots`).
    regions
        What the map says of the regions that were asked for, in their order.
    slots_taken
        Of an active sweep: the sweep coordinates of its slices so far, in the order of their exposure.
    scale, intrinsics
        As in `FocalSlice`.
    model, engine
        What computed it.
    """

    coordinate: FloatMap
    coordinate_sigma: FloatMap
    all_in_focus: NDArray[np.uint8]
    tag: SliceTag
    slices_seen: int
    final: bool
    scale: Scale | None
    intrinsics: Intrinsics | None
    model: str
    engine: str
    broken: bool = False
    regions: tuple[RegionFigures, ...] = ()
    slots_taken: tuple[float, ...] = ()

    @property
    def ended(self) -> Literal["enough", "limit", "broken"] | None:
        """Why an active sweep ended; None before its final map, and for any other sweep.

        "enough": its depth is sure. "limit": the most slots are taken. "broken": slices of it are missing.
        """
        if not self.final or self.tag.active is None:
            return None
        return "broken" if self.broken or self.tag.active == "more" else self.tag.active

    @property
    def calibrated(self) -> CalibrationLevel:
        """How far the metric values may be trusted; "uncalibrated" when there are none."""
        return "uncalibrated" if self.scale is None else self.scale.level

    @property
    def unit(self) -> Literal["m", "um", "1"]:
        """Unit of `depth` and `sigma`: metres, micrometres of height, or "1" for the sweep coordinate."""
        return "1" if self.scale is None else self.scale.unit

    def vergence_dpt(self) -> FloatMap:
        """(H, W) float32 vergence 1/z in dioptres, NaN = no depth.

        Raises
        ------
        NotMetricError
            Without a focus scale in dioptres.
        """
        if not isinstance(self.scale, FocusScale):
            raise NotMetricError("this depth map has no dioptres: its focus has no scale in them")
        return self.scale.to_dpt(self.coordinate)

    def depth(self) -> FloatMap:
        """(H, W) float32 in `unit`: metres along the optical axis, micrometres of height, or the coordinate.

        NaN = no depth; of metres +inf = at or beyond infinity (as in ROS REP 117).
        """
        return self.coordinate if self.scale is None else self.scale.depth(self.coordinate)

    def metres(self) -> FloatMap:
        """(H, W) float32 metres along the optical axis; NaN = no depth, +inf = at or beyond infinity.

        Raises
        ------
        NotMetricError
            When the map holds a sweep coordinate, or the height of a microscope's stack.
        """
        if self.scale is None:
            raise NotMetricError(
                "this depth map is a sweep coordinate, not metric: calibrate the focus, or use depth()"
            )
        if not isinstance(self.scale, FocusScale):
            raise NotMetricError(
                "this depth map is a height in micrometres, not a distance from the camera: use depth()"
            )
        return self.depth()

    def sigma(self) -> FloatMap:
        """(H, W) float32 standard deviation of `depth`, in the same unit."""
        if self.scale is None:
            return self.coordinate_sigma
        return self.scale.sigma(self.coordinate, self.coordinate_sigma)

    def depth_range(self) -> tuple[float, float]:
        """(near, far) limits of the sweep in the unit of `depth`; far may be inf. For fixed colours."""
        return (1.0, 0.0) if self.scale is None else self.scale.limits()


def true_coordinate(update: DepthUpdate, truth_vergence_dpt: FloatMap | None) -> FloatMap | None:
    """(H, W) true sweep coordinate for the sweep of a map; None without truth, or without dioptres."""
    if truth_vergence_dpt is None or not isinstance(update.scale, FocusScale):
        return None
    return update.scale.to_coordinate(truth_vergence_dpt)
