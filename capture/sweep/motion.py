"""The command that a continuous sweep gives the lens, as a function of time."""

from dataclasses import dataclass
from typing import Literal

from capture.sweep.plan import SweepPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Motion:
    """What the command is at one moment.

    Attributes
    ----------
    focus_dpt
        Commanded vergence.
    direction
        +1 near-going, −1 far-going.
    traverse
        Number of the traverse since the start; a flyback belongs to the traverse before it.
    since_turn_s
        Time since the focus last turned.
    flyback
        A sawtooth is on its way back to the far end, or waits there.
    """

    focus_dpt: float
    direction: Literal[-1, 1]
    traverse: int
    since_turn_s: float
    flyback: bool = False


def motion_at(plan: SweepPlan, *, time_s: float, flyback_s: float) -> Motion:
    """Return the command of a triangle or sawtooth at `time_s` after its start (at the far run-out).

    Parameters
    ----------
    plan
        With waveform "triangle" or "sawtooth".
    time_s
        Not negative; earlier times count as 0.
    flyback_s
        How long a sawtooth waits at the far run-out until the lens has come back and settled.
    """
    travel_dpt = plan.span_dpt + 2 * plan.overscan_dpt
    traverse_s = travel_dpt / plan.speed_dpt_s
    lowest_dpt = plan.far_dpt - plan.overscan_dpt
    rest_s = flyback_s if plan.waveform == "sawtooth" else 0.0
    traverse, phase_s = divmod(max(time_s, 0.0), traverse_s + rest_s)
    moved_dpt = min(phase_s * plan.speed_dpt_s, travel_dpt)
    far_going = plan.waveform == "triangle" and int(traverse) % 2 == 1
    if phase_s > traverse_s:  # the flyback of a sawtooth: straight back, then wait
        return Motion(
            focus_dpt=lowest_dpt,
            direction=-1,
            traverse=int(traverse),
            since_turn_s=phase_s - traverse_s,
            flyback=True,
        )
    return Motion(
        focus_dpt=lowest_dpt + (travel_dpt - moved_dpt if far_going else moved_dpt),
        direction=-1 if far_going else 1,
        traverse=int(traverse),
        since_turn_s=phase_s,
    )
