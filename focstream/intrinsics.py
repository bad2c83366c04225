"""Pinhole intrinsics of the images that flow."""

import math
from dataclasses import dataclass

COEFFICIENTS = (0, 4, 5, 8, 12, 14)
"""How many coefficients OpenCV takes; the wire carries 16."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intrinsics:
    """Pinhole model in pixels, with the distortion as in ROS ``sensor_msgs/CameraInfo``.

    Attributes
    ----------
    fx_px, fy_px, cx_px, cy_px
        Focal lengths and principal point.
    distortion_model, distortion
        ``"plumb_bob"`` with (k1, k2, t1, t2, k3), or empty when there is none.
    """

    fx_px: float
    fy_px: float
    cx_px: float
    cy_px: float
    distortion_model: str = ""
    distortion: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        """Refuse numbers that neither a picture nor the wire can have."""
        if len(self.distortion) not in COEFFICIENTS:
            counts = ", ".join(map(str, COEFFICIENTS))
            raise ValueError(f"distortion has {len(self.distortion)} coefficients; it can have {counts}")
        if not all(map(math.isfinite, (*self.k, *self.distortion))):
            raise ValueError("intrinsics and distortion must be finite")
        if self.fx_px <= 0 or self.fy_px <= 0:
            raise ValueError(f"focal lengths must be above 0, got {self.fx_px} and {self.fy_px} px")

    @property
    def k(self) -> tuple[float, ...]:
        """The nine entries of K, row by row."""
        return (self.fx_px, 0.0, self.cx_px, 0.0, self.fy_px, self.cy_px, 0.0, 0.0, 1.0)
