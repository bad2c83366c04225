"""Sweeps one after another, as live: what the planner of one knows, the next one may use."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from benchmarks.active.sweeps import Model, slice_of
from benchmarks.active.virtual_lens import VirtualLens
from capture.sweep.plan import SweepPlan
from capture.sweep.route import ActiveRoute, Route, UniformRoute
from focstream.active.mailbox import FocusMailbox
from focstream.active.planned_estimator import planned
from focstream.protocols import DepthEstimator, FocusPlanner
from focstream.types import DepthUpdate
from inference.planning.limits import PlanLimits
from inference.policies import RefineEstimator, RollingEstimator


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepsOf:
    """A way to sweep again and again.

    Attributes
    ----------
    name
        For the table.
    planner
        Chooses the slots; None: the sweeps are uniform.
    slots
        Of a sweep; the most with a planner.
    rolling
        Whether maps have seen the sweep before, too.
    """

    name: str
    planner: FocusPlanner | None
    slots: int
    rolling: bool = False


def maps_of(
    lens: VirtualLens, model: Model, way: SweepsOf, *, limits: PlanLimits, sweeps: int
) -> Iterator[DepthUpdate]:
    """Yield every map of so many sweeps, by the route of a live sweep.

    Raises
    ------
    AssertionError
        When the planner fails: a study of uniform sweeps would be another one.
    """
    mailbox = None if way.planner is None else FocusMailbox(way.planner)
    plan = SweepPlan(
        far_dpt=0.0,
        near_dpt=1.0,
        slots=way.slots,
        waveform="staircase" if mailbox is None else "active",
        rate_hz=60.0,
        overscan_dpt=0.0,
        slots_least=min(limits.slots_least, way.slots),
    )
    route: Route = UniformRoute(plan) if mailbox is None else ActiveRoute(plan, wishes=mailbox)
    estimator = planned(_estimator(model, rolling=way.rolling), mailbox)
    sweep_id = number = 0
    for stamp in count():
        assert route.is_decided()
        assert mailbox is None or not mailbox.failed
        stop = route.here
        route.step(stamp)
        taken = slice_of(lens, stop.focus_dpt, number=number, stamp=stamp, sweep_id=sweep_id)
        tag = replace(taken.tag, active=stop.active, last_in_sweep=stop.is_last)
        taken = replace(taken, tag=tag)
        update = estimator.push(taken)
        if update is not None:
            yield update
        sweep_id, number = (sweep_id + 1, 0) if stop.is_last else (sweep_id, number + 1)
        if sweep_id == sweeps:
            break
    estimator.close()


def _estimator(model: Model, *, rolling: bool) -> DepthEstimator:
    kind: Any = RollingEstimator if rolling else RefineEstimator
    made: DepthEstimator = kind(model)
    return made
