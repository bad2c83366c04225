"""What the reader of a source can take, and what an estimator can."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """What an estimator can take, as measured.

    Attributes
    ----------
    slices_s
        Slices a second, with a map of each.
    most_slices_s
        Slices a second, with as few maps as the pipeline makes when slices wait.
    """

    slices_s: float
    most_slices_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What the reader of a source can take now.

    Attributes
    ----------
    room
        Whether a slice that comes now finds room. A sweep that can wait does not step on without it.
    queued
        Slices that wait for the reader.
    slices_s
        Slices a second that the reader took lately; infinite where that is not known.
    """

    room: bool = True
    queued: int = 0
    slices_s: float = math.inf
