"""The rules of a protocol: which planes, which pixels, which unit.

Papers judge the same data differently, so a number means nothing without its rules.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from training.benchmarks.scales import UnitMap
from training.benchmarks.stacks import SetSize

PAD_TO_PX = 32

Padding = Literal["none", "reflected", "black", "black above"]
"""What is added to images whose sides are no multiple of `PAD_TO_PX`: on the right and below, or above."""

Prepare = Callable[[UnitMap, UnitMap], tuple[UnitMap, UnitMap]]
"""Prediction and truth as the files have it → both as they are compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mask:
    """Which pixels count.

    Attributes
    ----------
    text
        As tables show it; g is the truth.
    keeps
        The prepared truth → whether a pixel counts.
    """

    text: str
    keeps: Callable[[UnitMap], NDArray[np.bool_]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How one protocol judges one data set.

    Attributes
    ----------
    set_name, protocol
        What is judged, and by whose code.
    unit
        Of prediction and truth.
    planes
        Where the images of a file are focused, in its order and unit.
    slices
        Which of these are taken; None = all.
    padding
        Of the images; the map is cropped again.
    prepare, preparation
        What is done to prediction and truth, and in words.
    masks
        One or several, each with its own table; the first is that of published numbers unless they say so.
    signed
        The unit has negative values: relative errors divide by |g|, and logRMS and δ are not defined.
    holes_zeroed
        The prediction becomes 0 where the mask has holes, before Bump; otherwise it stays.
    made_for
        The size of the set that the protocol's numbers were measured on.
    """

    set_name: str
    protocol: str
    unit: str
    planes: tuple[float, ...]
    slices: tuple[int, ...] | None = None
    padding: Padding = "none"
    prepare: Prepare
    preparation: str = "no clipping"
    masks: tuple[Mask, ...]
    signed: bool = False
    holes_zeroed: bool = False
    made_for: SetSize

    @property
    def taken(self) -> tuple[int, ...]:
        """Indices of the images that are taken, in the order of the file."""
        return tuple(range(len(self.planes))) if self.slices is None else self.slices

    def text(self) -> str:
        """Write down the rules but the mask, as the head of a table."""
        planes = ", ".join(f"{self.planes[index]:.5g}" for index in self.taken)
        lines = (
            f"{self.set_name} by the protocol {self.protocol}; made for {self.made_for}",
            f"unit: {self.unit}; focus: {planes}; images: {', '.join(map(str, self.taken))} of the file's",
            f"padding: {self.padding}; {self.preparation}; "
            f"Bump: the prediction is {'0' if self.holes_zeroed else 'kept'} in holes of the mask",
        )
        return "\n".join(lines)


def unchanged(prediction: UnitMap, truth: UnitMap) -> tuple[UnitMap, UnitMap]:
    """Compare both as they are."""
    return prediction, truth


def truth_within(low: float, high: float, *, hole: float) -> Prepare:
    """Make a preparation that sets the truth to `hole` where it is outside of the limits."""

    def prepare(prediction: UnitMap, truth: UnitMap) -> tuple[UnitMap, UnitMap]:
        return prediction, np.where((truth < low) | (truth > high), hole, truth)

    return prepare


def above(low: float) -> Mask:
    """Make a mask of what is greater."""
    return Mask(text=f"g > {low:g}", keeps=lambda truth: truth > low)


def within(low: float, high: float) -> Mask:
    """Make a mask of what is between the limits, or at one."""
    return Mask(text=f"{low:.5g} <= g <= {high:.5g}", keeps=lambda truth: (truth >= low) & (truth <= high))


def other_than(hole: float, *, text: str) -> Mask:
    """Make a mask of all but one value."""
    return Mask(text=text, keeps=lambda truth: truth != hole)
