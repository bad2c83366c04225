"""What a planner says about the next slot of an active sweep, and how the sweep hears of it."""

from dataclasses import dataclass
from typing import Literal, Protocol

PlannerName = Literal["auto", "onward", "gain", "track"]
"""What chooses the slots of an active sweep; "auto": what the model can use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FocusWish:
    """Where the next slice of a sweep should be focused, or that enough is known.

    Attributes
    ----------
    coordinate
        Sweep coordinate, 0 far … 1 near; None: enough is known, and the sweep may end.
    then
        First two slots of the next sweep, whenever this one ends; None: those of `FocusPlanner.first`, or of
        an earlier wish of this sweep.
    """

    coordinate: float | None
    then: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        """Check the coordinates: a lens is sent there. A planner may have them from NumPy."""
        if self.coordinate is not None:
            object.__setattr__(self, "coordinate", float(self.coordinate))
        if self.then is not None:
            object.__setattr__(self, "then", (float(self.then[0]), float(self.then[1])))
        for coordinate in (self.coordinate, *(self.then or ())):
            if coordinate is not None and not 0.0 <= coordinate <= 1.0:
                raise ValueError(f"a focus wish is a sweep coordinate of 0 … 1, not {coordinate}")

    @property
    def enough(self) -> bool:
        """Whether the sweep may end."""
        return self.coordinate is None


ENOUGH = FocusWish(coordinate=None)
"""The wish to end the sweep."""


class FocusWishes(Protocol):
    """What an active sweep knows of its planner; may be used from any thread."""

    @property
    def first(self) -> tuple[float, float]:
        """Sweep coordinates of the first two slots of a sweep: the lens is there before any map of it is."""
        ...

    @property
    def failed(self) -> bool:
        """Whether nothing is to be expected any more, and sweeps are uniform."""
        ...

    def after(self, exposure_mid_ns: int, timeout_s: float) -> FocusWish | None:
        """Wait for the wish that the slice exposed at `exposure_mid_ns` led to; None when none came in time.

        Returns at once when the planner has failed.
        """
        ...

    def fail(self, why: str) -> None:
        """Let all further sweeps be uniform; the reason is logged once."""
        ...
