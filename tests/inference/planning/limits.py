"""Limits of an active sweep, for tests."""

from dataclasses import dataclass

from inference.planning.limits import PlannerName


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """As ``--sweep.*`` has them."""

    slots: int = 10
    slots_least: int = 3
    good_enough: float = 0.01
    whole_every: int = 10
    planner: PlannerName = "auto"
