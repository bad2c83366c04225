"""How far the sweep in hand is, as a planner sees it."""

from focstream.types import SliceTag
from inference.planning.limits import PlanLimits


class Progress:
    """Counts the slices of a sweep.

    Parameters
    ----------
    limits
        How far a sweep may go.
    lead
        Slots that the lens is ahead of the map: 1 where it moves while depth is computed, 0 where it waits.

    Attributes
    ----------
    limits, lead
        As given.
    slices
        Of this sweep that have been seen.
    """

    def __init__(self, limits: PlanLimits, *, lead: int) -> None:
        self.limits = limits
        self.lead = lead
        self.slices = 0
        self._sweep_id: int | None = None

    def add(self, tag: SliceTag) -> bool:
        """Count a slice; True when it is the first of its sweep."""
        is_first = tag.sweep_id != self._sweep_id
        self._sweep_id = tag.sweep_id
        self.slices = 1 if is_first else self.slices + 1
        return is_first

    @property
    def may_end(self) -> bool:
        """Whether the sweep has the fewest slices, with those that the lens is on its way to."""
        return self.slices + self.lead >= self.limits.slots_least
