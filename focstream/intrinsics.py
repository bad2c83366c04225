"""Pinhole intrinsics of the images that flow."""

from dataclasses import dataclass


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

    @property
    def k(self) -> tuple[float, ...]:
        """The nine entries of K, row by row."""
        return (self.fx_px, 0.0, self.cx_px, 0.0, self.fy_px, self.cy_px, 0.0, 0.0, 1.0)
