"""What the sweep coordinate means in dioptres."""

from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

CalibrationLevel = Literal["uncalibrated", "approximate", "calibrated"]
"""How far a metric value may be trusted (the three levels of Android's Camera2)."""

MOST_DPT = 1e6
"""A micrometre before the lens: what is nearer is no focus, and would not fit float32."""

_FloatMap = NDArray[np.float32]
Values = TypeVar("Values", float, _FloatMap)


@dataclass(frozen=True, slots=True, kw_only=True)
class FocusScale:
    """The linear map between the sweep coordinate (0 far … 1 near) and object-side vergence.

    Attributes
    ----------
    far_dpt, near_dpt
        Vergence 1/z (dioptres) at sweep coordinate 0 and 1; ``0 <= far_dpt < near_dpt``.
    level
        How far the limits may be trusted.
    calibration_id
        Names the calibration the limits come from; empty without one.
    """

    far_dpt: float
    near_dpt: float
    level: CalibrationLevel = "approximate"
    calibration_id: str = ""

    def __post_init__(self) -> None:
        """Refuse limits that no sweep can have."""
        if not 0.0 <= self.far_dpt < self.near_dpt <= MOST_DPT:
            raise ValueError(
                f"need 0 <= far_dpt < near_dpt <= {MOST_DPT:g}, got far {self.far_dpt} dpt, near "
                f"{self.near_dpt} dpt"
            )

    @property
    def unit(self) -> Literal["m"]:
        """Unit of the depth: metres."""
        return "m"

    @property
    def span_dpt(self) -> float:
        """Width of the sweep in dioptres."""
        return self.near_dpt - self.far_dpt

    def to_dpt(self, coordinate: Values) -> Values:
        """Vergence in dioptres of a sweep coordinate."""
        return self.far_dpt + self.span_dpt * coordinate

    def to_coordinate(self, vergence_dpt: Values) -> Values:
        """Sweep coordinate of a vergence in dioptres."""
        return (vergence_dpt - self.far_dpt) / self.span_dpt

    def depth(self, coordinate: _FloatMap) -> _FloatMap:
        """(H, W) float32 metres along the optical axis of an (H, W) sweep coordinate.

        NaN = no depth, +inf = at or beyond infinity (as in ROS REP 117).
        """
        vergence = self._vergence_in_spans(coordinate)
        with np.errstate(divide="ignore", over="ignore"):
            return np.divide(np.float32(1.0 / self.span_dpt), vergence, out=vergence)

    def sigma(self, coordinate: _FloatMap, coordinate_sigma: _FloatMap) -> _FloatMap:
        """(H, W) float32 standard deviation of `depth` in metres.

        σ_z = z² σ_D, first order in the vergence D = 1/z.
        """
        vergence = self._vergence_in_spans(coordinate)
        np.square(vergence, out=vergence)
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):  # at infinity it is infinite
            sigma = np.divide(coordinate_sigma, vergence, out=vergence)
            return np.multiply(sigma, np.float32(1.0 / self.span_dpt), out=sigma)

    def limits(self) -> tuple[float, float]:
        """(near, far) limits of the sweep in metres; far may be inf."""
        return 1.0 / self.near_dpt, 1.0 / self.far_dpt if self.far_dpt > 0 else float("inf")

    def _vergence_in_spans(self, coordinate: _FloatMap) -> _FloatMap:
        """Vergence, at least 0, in units of the sweep's span; as few passes over the map as it takes."""
        vergence = np.add(coordinate, np.float32(self.far_dpt / self.span_dpt))
        return np.maximum(vergence, np.float32(0.0), out=vergence)
