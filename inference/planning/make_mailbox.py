"""Makes what plans the sweeps that the user asked for."""

from focstream.active.mailbox import FocusMailbox
from focstream.active.wish import PlannerName
from focstream.protocols import FocusPlanner
from focstream.types import InputError
from inference.config import InferenceConfig
from inference.planning.gain import GainPlanner
from inference.planning.limits import ChosenPlan, PlanLimits
from inference.planning.onward import OnwardPlanner
from inference.planning.track import TrackPlanner

_BLIND_MODELS = ("sharpness", "auto")
"""Models that say nothing of what is nearer than their slices, or may turn out to be such a one."""


def make_mailbox(config: InferenceConfig, sweep: ChosenPlan) -> FocusMailbox:
    """Make a planner of active sweeps, and what carries its wishes to the sweep.

    Raises
    ------
    InputError
        Where maps come from more than one sweep: but for `track`, a sweep is planned from its own. Where not
        every slice gives a map. And where the model cannot use the planner that is asked for.
    """
    if config.update != "refine" and sweep.planner != "track":
        raise InputError(
            f"--sweep.waveform active plans each sweep alone: leave --update {config.update} out, or take "
            "--sweep.planner track"
        )
    if config.maps_per_sweep is not None:
        raise InputError(
            "--sweep.waveform active chooses the next slot from the map of every slice: leave "
            "--maps-per-sweep out"
        )
    return FocusMailbox(make_planner(sweep.planner, sweep, model=config.model))


def make_planner(name: PlannerName, limits: PlanLimits, *, model: str, lead: int = 1) -> FocusPlanner:
    """Make the planner of this name for a model; `lead` as the planners have it.

    Raises
    ------
    InputError
        When the model cannot use it.
    """
    is_blind = model in _BLIND_MODELS
    if name == "onward" and is_blind:
        raise InputError(
            f"--sweep.planner onward needs a network, which sees from one end how far things are; "
            f"--model {model} takes --sweep.planner gain"
        )
    if name == "track":
        return TrackPlanner(limits, lead=lead)
    if name == "gain" or is_blind:
        return GainPlanner(limits, lead=lead)
    return OnwardPlanner(limits, lead=lead)
