"""What the sweep coordinate means in dioptres."""

from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

CalibrationLevel = Literal["uncalibrated", "approximate", "calibrated"]
"""How far a metric value may be trusted (the three levels of Android's Camera2)."""

Values = TypeVar("Values", float, NDArray[np.float32])


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
        if not 0.0 <= self.far_dpt < self.near_dpt < float("inf"):
            raise ValueError(
                f"need 0 <= far_dpt < near_dpt, got far {self.far_dpt} dpt, near {self.near_dpt} dpt"
            )

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
