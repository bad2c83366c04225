"""What a sweep coordinate is in the unit of a benchmark."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from focstream.depth_update import FloatMap

UnitMap = NDArray[np.float64]


class SweepScale(Protocol):
    """The map between the sweep coordinate (0 far … 1 near) and the unit of a benchmark."""

    def to_unit(self, coordinate: FloatMap) -> UnitMap:
        """Values of (H, W) sweep coordinates."""
        ...

    def to_coordinate(self, plane: float) -> float:
        """Sweep coordinate of a plane of focus."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DisparityScale:
    """Disparity, which is linear in the sweep coordinate as dioptres are.

    Attributes
    ----------
    far_px, near_px
        Disparity at coordinate 0 and 1; signed, the nearer the greater.
    """

    far_px: float
    near_px: float

    def to_unit(self, coordinate: FloatMap) -> UnitMap:
        """Disparity in pixels."""
        return self.far_px + (self.near_px - self.far_px) * coordinate.astype(np.float64)

    def to_coordinate(self, plane: float) -> float:
        """Sweep coordinate of a disparity in pixels."""
        return (plane - self.far_px) / (self.near_px - self.far_px)


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthScale:
    """Depth in metres; its inverse is linear in the sweep coordinate.

    Attributes
    ----------
    far_m, near_m
        Distance at coordinate 0 and 1.
    farthest_m
        Farther depths become this: a coordinate below 0 may lie at infinity or beyond.
    """

    far_m: float
    near_m: float
    farthest_m: float

    def to_unit(self, coordinate: FloatMap) -> UnitMap:
        """Depth in metres, at most `farthest_m`."""
        far_dpt, near_dpt = 1.0 / self.far_m, 1.0 / self.near_m
        vergence_dpt = far_dpt + (near_dpt - far_dpt) * coordinate.astype(np.float64)
        return 1.0 / np.maximum(vergence_dpt, 1.0 / self.farthest_m)

    def to_coordinate(self, plane: float) -> float:
        """Sweep coordinate of a distance in metres."""
        far_dpt, near_dpt = 1.0 / self.far_m, 1.0 / self.near_m
        return (1.0 / plane - far_dpt) / (near_dpt - far_dpt)
