"""What planners are given."""

from typing import Protocol

from focstream.active.wish import PlannerName


class PlanLimits(Protocol):
    """How far an active sweep may go: what ``--sweep.*`` says about it."""

    @property
    def slots(self) -> int:
        """Most slices of a sweep."""
        ...

    @property
    def slots_least(self) -> int:
        """Fewest slices of a sweep."""
        ...

    @property
    def good_enough(self) -> float:
        """Median standard deviation, as a share of the sweep, at which it ends."""
        ...

    @property
    def whole_every(self) -> int:
        """Planner `track`: of so many sweeps, one is whole."""
        ...


class ChosenPlan(PlanLimits, Protocol):
    """Limits, and which planner is asked for."""

    @property
    def planner(self) -> PlannerName:
        """Name of the planner."""
        ...
