"""The depth map as known after one more slice, and the one place where it becomes metres."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from focstream.errors import NotMetricError
from focstream.focal_slice import SliceTag
from focstream.focus_scale import CalibrationLevel, FocusScale
from focstream.intrinsics import Intrinsics

FloatMap = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthUpdate:
    """A depth map after `slices_seen` slices.

    Estimators work in the sweep coordinate (0 far … 1 near, linear in dioptres); vergence and metres are
    derived here. Without a focus scale there are no metres, and asking for them is an error.

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
    scale: FocusScale | None
    intrinsics: Intrinsics | None
    model: str
    engine: str
    broken: bool = False

    @property
    def calibrated(self) -> CalibrationLevel:
        """How far the metric values may be trusted; "uncalibrated" when there are none."""
        return "uncalibrated" if self.scale is None else self.scale.level

    @property
    def unit(self) -> Literal["m", "1"]:
        """Unit of `depth` and `sigma`: metres, or "1" for the sweep coordinate."""
        return "1" if self.scale is None else "m"

    def vergence_dpt(self) -> FloatMap:
        """(H, W) float32 vergence 1/z in dioptres, NaN = no depth.

        Raises
        ------
        ValueError
            Without a focus scale.
        """
        if self.scale is None:
            raise ValueError("this depth map is a sweep coordinate, not metric: its focus has no scale")
        return self.scale.to_dpt(self.coordinate)

    def depth(self) -> FloatMap:
        """(H, W) float32 metres along the optical axis when metric, else the sweep coordinate.

        NaN = no depth, +inf = at or beyond infinity (as in ROS REP 117).
        """
        if self.scale is None:
            return self.coordinate
        vergence = self._vergence_in_spans(self.scale)
        with np.errstate(divide="ignore", over="ignore"):
            return np.divide(np.float32(1.0 / self.scale.span_dpt), vergence, out=vergence)

    def metres(self) -> FloatMap:
        """(H, W) float32 metres along the optical axis; NaN = no depth, +inf = at or beyond infinity.

        Raises
        ------
        NotMetricError
            Without a focus scale.
        """
        if self.scale is None:
            raise NotMetricError(
                "this depth map is a sweep coordinate, not metric: calibrate the focus, or use depth()"
            )
        return self.depth()

    def sigma(self) -> FloatMap:
        """(H, W) float32 standard deviation of `depth`, in the same unit.

        σ_z = z² σ_D, first order in the vergence D = 1/z.
        """
        if self.scale is None:
            return self.coordinate_sigma
        vergence = self._vergence_in_spans(self.scale)
        np.square(vergence, out=vergence)
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):  # at infinity it is infinite
            sigma = np.divide(self.coordinate_sigma, vergence, out=vergence)
            return np.multiply(sigma, np.float32(1.0 / self.scale.span_dpt), out=sigma)

    def depth_range(self) -> tuple[float, float]:
        """(near, far) limits of the sweep in the unit of `depth`; far may be inf. For fixed colours."""
        if self.scale is None:
            return 1.0, 0.0
        far_dpt = self.scale.far_dpt
        return 1.0 / self.scale.near_dpt, 1.0 / far_dpt if far_dpt > 0 else float("inf")

    def _vergence_in_spans(self, scale: FocusScale) -> FloatMap:
        """Vergence, at least 0, in units of the sweep's span; as few passes over the map as it takes."""
        vergence = np.add(self.coordinate, np.float32(scale.far_dpt / scale.span_dpt))
        return np.maximum(vergence, np.float32(0.0), out=vergence)
