"""Where the focus goes in a sweep, and when."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydantic import Field

from capture.lens import LensInfo
from focstream.active.wish import PlannerName
from focstream.frozen_model import FrozenModel
from focstream.types import InputError

Waveform = Literal["staircase", "triangle", "sawtooth", "active"]
STEPPED: frozenset[Waveform] = frozenset(("staircase", "active"))
"""Waveforms whose focus is at rest while a slice is taken."""
Pace = Literal["auto", "camera"]

FEWEST_SLOTS, MOST_SLOTS = 2, 10_000
MOST_ACTIVE_SLOTS = 256
"""Slots of an active sweep: all of them go into the head of every map."""
_OF_MEASURED = 0.9  # of the slices a second that were measured: a sweep must not outrun a short delay


class SweepConfig(FrozenModel):
    """The sweep as asked for (``--sweep.*``)."""

    slots: int = Field(default=10, ge=FEWEST_SLOTS, le=MOST_SLOTS)
    """Focal slices in a sweep, uniform in dioptres; of an active sweep the most."""
    waveform: Waveform = "staircase"
    """staircase: step, wait until settled, expose. triangle, sawtooth: the focus moves all the time.
    active: a staircase whose next slot is chosen from the depth so far; it ends when enough is known."""
    slots_least: int = Field(default=3, ge=2, le=10_000)
    """Fewest focal slices in an active sweep."""
    good_enough: float = Field(default=0.01, gt=0, le=1)
    """An active sweep ends when the median standard deviation of the depth is no more, as a share of the
    sweep."""
    planner: PlannerName = "auto"
    """Of an active sweep. onward: far to near, past places where nothing is; for a network. gain: far, near
    and the middle, then wherever a slice narrows most what is unsure. track: where the last sweep showed
    something, for scenes at rest or moving slowly. auto: onward for --model small, else gain."""
    whole_every: int = Field(default=10, ge=1, le=10_000)
    """Planner track: of so many sweeps one is whole, however sure the depth is."""
    far_dpt: float | None = Field(default=None, ge=0, le=1000)
    """Far limit in dioptres (1/m). Default: the simulated scene's, else what the lens can do."""
    near_dpt: float | None = Field(default=None, gt=0, le=1000)
    """Near limit in dioptres (1/m). Default as for the far limit."""
    rate_hz: float | None = Field(default=None, ge=0.001, le=100_000)
    """Slots a second of a triangle or sawtooth. Default: the camera's frame rate."""
    pace: Pace = "auto"
    """auto: a staircase steps on when its slice is taken, other sweeps go no faster than depth is computed.
    camera: as fast as camera and lens can; slices that nobody can take are lost, and counted."""
    overscan: float | None = Field(default=None, ge=0, le=1)
    """Run-out of a triangle or sawtooth beyond each limit, as a share of the range.
    Default: as far as the focus travels while the lens settles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepPlan:
    """A sweep that one lens and one camera can do.

    Attributes
    ----------
    far_dpt, near_dpt
        Limits of the object-side vergence (dioptres).
    slots
        Slices in a sweep; slot k of a near-going sweep is at coordinate k/(slots − 1).
    waveform
        How the focus moves between the slots.
    rate_hz
        Slots a second while the focus moves (triangle and sawtooth).
    overscan_dpt
        How far the focus runs out beyond each limit (triangle and sawtooth).
    slices_s
        Slices a second that a sweep may give at most; infinite when the reader keeps up with the camera.
    waits
        Whether a staircase steps on only when its slice is taken.
    slots_least
        Fewest slices in an active sweep.
    """

    far_dpt: float
    near_dpt: float
    slots: int
    waveform: Waveform
    rate_hz: float
    overscan_dpt: float
    slices_s: float = math.inf
    waits: bool = True
    slots_least: int = 2

    @property
    def is_stepped(self) -> bool:
        """Whether the focus is at rest while a slice is taken."""
        return self.waveform in STEPPED

    @property
    def one_a_slot(self) -> bool:
        """Whether a moving focus gives one slice a slot, rather than every frame."""
        return self.slices_s < math.inf

    @property
    def span_dpt(self) -> float:
        """Width of the sweep in dioptres."""
        return self.near_dpt - self.far_dpt

    @property
    def speed_dpt_s(self) -> float:
        """Speed of the focus in the linear part of a triangle or sawtooth."""
        return self.span_dpt / (self.slots - 1) * self.rate_hz

    def slot_dpt(self) -> tuple[float, ...]:
        """Vergence of every slot in dioptres, far to near."""
        return tuple(np.linspace(self.far_dpt, self.near_dpt, self.slots).tolist())


def plan_sweep(
    config: SweepConfig, *, lens: LensInfo, frame_rate_hz: float, slices_s: float = math.inf
) -> SweepPlan:
    """Fit the sweep asked for to a lens, a camera and a reader.

    Parameters
    ----------
    slices_s
        Slices a second that the reader takes, as measured.

    Raises
    ------
    InputError
        When the lens cannot focus there.
    """
    most_hz = most_slices_s(config, slices_s=slices_s, frame_rate_hz=frame_rate_hz)
    rate_hz = min(config.rate_hz or frame_rate_hz, most_hz)
    turn_s = turn_time_s(lens, frame_rate_hz=frame_rate_hz, one_a_slot=most_hz < math.inf)
    run_out = run_out_share(config, turn_s=turn_s, rate_hz=rate_hz)
    # Without limits, range plus overscan at both ends fill what the lens can do.
    margin_dpt = run_out / (1 + 2 * run_out) * (lens.near_dpt - lens.far_dpt)
    # A lens may focus beyond infinity, where nothing is: useful to run out, not to sweep.
    far_dpt = max(lens.far_dpt + margin_dpt, 0.0) if config.far_dpt is None else config.far_dpt
    near_dpt = lens.near_dpt - margin_dpt if config.near_dpt is None else config.near_dpt
    if not far_dpt < near_dpt:
        raise InputError(
            f"--sweep.far-dpt {far_dpt:g} is not below --sweep.near-dpt {near_dpt:g}: "
            "the far limit has the smaller vergence (1/distance)"
        )
    plan = SweepPlan(
        far_dpt=far_dpt,
        near_dpt=near_dpt,
        slots=config.slots,
        waveform=config.waveform,
        rate_hz=rate_hz,
        overscan_dpt=run_out * (near_dpt - far_dpt),
        slices_s=most_hz,
        waits=config.pace == "auto",
        slots_least=config.slots_least,
    )
    _check_reach(plan, lens)
    _check_active(config)
    return plan


def most_slices_s(config: SweepConfig, *, slices_s: float, frame_rate_hz: float) -> float:
    """Return the slices a second that a sweep may give; infinite when the reader keeps up with all frames."""
    most_hz = _OF_MEASURED * slices_s
    return most_hz if config.pace == "auto" and most_hz < frame_rate_hz else math.inf


def turn_time_s(lens: LensInfo, *, frame_rate_hz: float, one_a_slot: bool) -> float:
    """Return how long before the middle of its first slot a moving focus must have turned.

    The lens must have settled; where one frame is taken of each slot, half a frame earlier: else the first
    frame of the first slot might be the last that had not settled.
    """
    return lens.settle_s + (0.5 / frame_rate_hz if one_a_slot else 0.0)


def run_out_share(config: SweepConfig, *, turn_s: float, rate_hz: float) -> float:
    """Return how far the focus runs out beyond each limit, as a share of the range."""
    if config.waveform in STEPPED:
        return 0.0
    if config.overscan is not None:
        return config.overscan
    return turn_s * rate_hz / (config.slots - 1)


def _check_active(config: SweepConfig) -> None:
    """Refuse what an active sweep cannot be."""
    if config.waveform != "active":
        return
    if config.slots > MOST_ACTIVE_SLOTS:
        raise InputError(
            f"--sweep.slots {config.slots}: an active sweep takes at most {MOST_ACTIVE_SLOTS} slots"
        )
    if config.slots_least > config.slots:
        raise InputError(f"--sweep.slots-least {config.slots_least} is above --sweep.slots {config.slots}")
    if config.pace != "auto":
        raise InputError("--sweep.waveform active waits for its depth maps: leave --sweep.pace out")


def _check_reach(plan: SweepPlan, lens: LensInfo) -> None:
    lowest_dpt = plan.far_dpt - plan.overscan_dpt
    highest_dpt = plan.near_dpt + plan.overscan_dpt
    slack_dpt = 1e-9  # rounding: a sweep may use the whole range of the lens
    if lens.far_dpt - slack_dpt <= lowest_dpt and highest_dpt <= lens.near_dpt + slack_dpt:
        return
    raise InputError(
        f"lens {lens.name} focuses {lens.far_dpt:g} … {lens.near_dpt:g} dpt, but the sweep with its overscan "
        f"needs {lowest_dpt:.3g} … {highest_dpt:.3g} dpt: choose --sweep.far-dpt, --sweep.near-dpt or "
        "--sweep.overscan to fit"
    )
