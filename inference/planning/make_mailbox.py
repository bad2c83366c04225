"""Makes what plans the sweeps that the user asked for."""

from focstream.focus_mailbox import FocusMailbox
from focstream.types import InputError
from inference.config import InferenceConfig
from inference.planning.gain import GainPlanner
from inference.planning.limits import PlanLimits


def make_mailbox(config: InferenceConfig, limits: PlanLimits) -> FocusMailbox:
    """Make a planner of active sweeps, and what carries its wishes to the sweep.

    Raises
    ------
    InputError
        Where maps come from more than one sweep: a sweep is planned from its own.
    """
    if config.update != "refine":
        raise InputError(
            f"--sweep.waveform active plans each sweep alone: leave --update {config.update} out"
        )
    return FocusMailbox(GainPlanner(limits))
