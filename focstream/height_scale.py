"""What the sweep coordinate means in height, where a microscope's stage moves the focus through an object."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from focstream.focus_scale import CalibrationLevel, FocusScale, Values

MOST_UM = 1e9
"""A kilometre: no stage goes so far."""

_FloatMap = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeightScale:
    """The linear map between the sweep coordinate (0 far … 1 near) and height, for a microscope.

    A height is no distance from the camera: it is counted along the optical axis from the farthest slice
    (or wherever `far_um` is 0), and what is higher is nearer to the objective.

    Attributes
    ----------
    far_um, near_um
        Height in micrometres at sweep coordinate 0 and 1; ``far_um < near_um``.
    level
        How far the limits may be trusted.
    calibration_id
        Names where the limits come from; empty without that.
    """

    far_um: float
    near_um: float
    level: CalibrationLevel = "approximate"
    calibration_id: str = ""

    def __post_init__(self) -> None:
        """Refuse limits that no stack can have."""
        if not -MOST_UM <= self.far_um < self.near_um <= MOST_UM:
            raise ValueError(
                f"need far_um < near_um within ±{MOST_UM:g} µm, got far {self.far_um} µm, near "
                f"{self.near_um} µm"
            )

    @property
    def unit(self) -> Literal["um"]:
        """Unit of the depth: micrometres, in ASCII."""
        return "um"

    @property
    def span_um(self) -> float:
        """Height of the stack in micrometres."""
        return self.near_um - self.far_um

    def to_um(self, coordinate: Values) -> Values:
        """Height in micrometres of a sweep coordinate."""
        return self.far_um + self.span_um * coordinate

    def to_coordinate(self, height_um: Values) -> Values:
        """Sweep coordinate of a height in micrometres."""
        return (height_um - self.far_um) / self.span_um

    def depth(self, coordinate: _FloatMap) -> _FloatMap:
        """(H, W) float32 height in micrometres of an (H, W) sweep coordinate; NaN = no depth."""
        return self.to_um(coordinate)

    def sigma(self, coordinate: _FloatMap, coordinate_sigma: _FloatMap) -> _FloatMap:
        """(H, W) float32 standard deviation of `depth`: the same share of the stack at every height."""
        del coordinate
        return np.float32(self.span_um) * coordinate_sigma

    def limits(self) -> tuple[float, float]:
        """(near, far) limits of the stack in micrometres."""
        return self.near_um, self.far_um


Scale = FocusScale | HeightScale
"""What a sweep coordinate may mean."""
