"""Where the focus goes in a sweep, and when."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydantic import Field

from capture.lens import LensInfo
from focstream.frozen_model import FrozenModel
from focstream.types import InputError

Waveform = Literal["staircase", "triangle", "sawtooth"]


class SweepConfig(FrozenModel):
    """The sweep as asked for (``--sweep.*``)."""

    slots: int = Field(default=10, ge=2, le=10_000)
    """Focal slices in a sweep, uniform in dioptres."""
    waveform: Waveform = "staircase"
    """staircase: step, wait until settled, expose. triangle, sawtooth: the focus moves all the time."""
    far_dpt: float | None = Field(default=None, ge=0)
    """Far limit in dioptres (1/m). Default: the simulated scene's, else what the lens can do."""
    near_dpt: float | None = Field(default=None, gt=0)
    """Near limit in dioptres (1/m). Default as for the far limit."""
    rate_hz: float | None = Field(default=None, gt=0)
    """Slots a second of a triangle or sawtooth. Default: the camera's frame rate."""
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
    """

    far_dpt: float
    near_dpt: float
    slots: int
    waveform: Waveform
    rate_hz: float
    overscan_dpt: float

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


def plan_sweep(config: SweepConfig, *, lens: LensInfo, frame_rate_hz: float) -> SweepPlan:
    """Fit the sweep asked for to a lens and a camera.

    Raises
    ------
    InputError
        When the lens cannot focus there.
    """
    rate_hz = config.rate_hz or frame_rate_hz
    run_out = _run_out_share(config, lens=lens, rate_hz=rate_hz)
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
    )
    _check_reach(plan, lens)
    return plan


def _run_out_share(config: SweepConfig, *, lens: LensInfo, rate_hz: float) -> float:
    if config.waveform == "staircase":
        return 0.0
    if config.overscan is not None:
        return config.overscan
    return lens.settle_s * rate_hz / (config.slots - 1)


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
