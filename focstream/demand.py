"""What the reader of a source can take."""

import math
from dataclasses import dataclass


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
