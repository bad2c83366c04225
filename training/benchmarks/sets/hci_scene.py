"""One scene of the 4D Light Field Benchmark, whichever files it is in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from focstream.focal_slice import Image
from training.benchmarks.scales import UnitMap

SIDE = 9
"""Cameras in a row and in a column of the grid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HciScene:
    """A scene that can be read.

    Attributes
    ----------
    name
        Such as "cotton".
    read
        Returns a focal stack of these planes (disparities in pixels), (H, W, 3) blue-green-red in their
        order, and the disparity of the middle view, (H, W).
    """

    name: str
    read: Callable[[Sequence[float]], tuple[Sequence[Image], UnitMap]]
