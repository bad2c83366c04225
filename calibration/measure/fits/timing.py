"""Latency and hysteresis from sweeps up and down at several speeds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from calibration.apply.parts import TimingPart
from calibration.measure.fits.errors import BadCalibrationDataError
from calibration.measure.fits.least_squares import rows, solve
from calibration.measure.fits.settling import StepResponse

LEAST_SPEEDS = 3
_MOST_RESIDUAL = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeedSample:
    """Commands in force when a static target was sharpest, at one speed.

    Attributes
    ----------
    speed
        Of the command, in its unit a second, above 0.
    up, down
        Commands going up and down.
    sigma
        Of each.
    """

    speed: float
    up: float
    down: float
    sigma: float


def fit_timing(samples: Sequence[SpeedSample], step: StepResponse | None, *, date: str) -> TimingPart:
    """Fit up − down = 2·v·τ + h.

    Parameters
    ----------
    samples
        At three or more speeds.
    step
        Response to a step, for the settle time; None where none was measured.

    Raises
    ------
    BadCalibrationDataError
        With too few speeds, or when the differences do not lie on a line.
    """
    speeds = np.array([sample.speed for sample in samples])
    if len(np.unique(np.round(speeds, 6))) < LEAST_SPEEDS or speeds.max() < 2.0 * speeds.min():
        raise BadCalibrationDataError(
            f"sweeps at {LEAST_SPEEDS} speeds or more are needed, the fastest twice the slowest"
        )
    gap = np.array([sample.up - sample.down for sample in samples])
    sigma = np.array([max(sample.sigma, 1e-4) for sample in samples])
    design = np.column_stack((2.0 * speeds, np.ones(len(speeds))))
    start = np.linalg.lstsq(design, gap, rcond=None)[0]
    found = solve(lambda v: np.asarray((design @ v - gap) / sigma), start, loss="soft_l1", loss_scale=3.0)
    residual = float(np.sqrt(np.mean((design @ found.values - gap) ** 2)))
    latency_s, hysteresis = (float(value) for value in found.values)
    if latency_s < 0.0 or residual > _MOST_RESIDUAL * float(np.ptp(gap)) + 0.01:
        raise BadCalibrationDataError(
            f"up and down differ by no line in the speed (latency {1e3 * latency_s:.1f} ms, residual "
            f"{residual:.3f}): did the target move, or did the sweep reach the end of the lens?"
        )
    return TimingPart(
        level="calibrated",
        date=date,
        latency_s=latency_s,
        hysteresis=hysteresis,
        settle_s=None if step is None else step.settle_s,
        delay_s=None if step is None else step.delay_s,
        frequency_hz=None if step is None else step.frequency_hz,
        damping=None if step is None else step.damping,
        covariance=rows(found.covariance),
        residual=residual,
    )
