"""Settle time from frames: a step on one flank of the focus curve, sampled at equivalent times."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.measure.fits.errors import BadCalibrationDataError
from calibration.measure.fits.least_squares import Vector, solve
from focstream.program.extras import need_extra

BAND = 0.05
"""Share of the step within which the lens counts as settled."""

_MOST_RESIDUAL = 0.08
_STARTS = ((0.004, 80.0, 0.5), (0.008, 40.0, 0.7), (0.003, 150.0, 0.4), (0.01, 20.0, 0.9))


@dataclass(frozen=True, slots=True, kw_only=True)
class Flank:
    """One monotonic side of the focus curve: (N,) commands and the sharpness measured at rest there."""

    command: NDArray[np.float64]
    sharpness: NDArray[np.float64]

    def invert(self, sharpness: NDArray[np.float64]) -> NDArray[np.float64]:
        """Commands at which the target is that sharp; beyond the flank, its ends."""
        need_extra("scipy", extra="calibration", what="calibrating")
        from scipy.interpolate import PchipInterpolator

        order = np.argsort(self.sharpness)
        known = self.sharpness[order]
        smooth = PchipInterpolator(known, self.command[order])
        return np.asarray(smooth(np.clip(sharpness, known[0], known[-1])), np.float64)

    def check(self) -> None:
        """Refuse a flank that cannot be inverted.

        Raises
        ------
        BadCalibrationDataError
            When it does not rise or fall throughout.
        """
        rises = np.diff(self.sharpness[np.argsort(self.command)])
        if len(rises) < 4 or not (np.all(rises > 0) or np.all(rises < 0)):
            raise BadCalibrationDataError(
                "the flank of the focus curve is not monotonic: is the target still, and textured?"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResponse:
    """How the lens follows a step.

    Attributes
    ----------
    settle_s
        Last time outside ±5 % of the step, from the command, latency included.
    delay_s, frequency_hz, damping
        Of y″ + 2ζω·y′ + ω²·y = ω²·u behind a delay.
    residual
        Root mean square of the residuals over the step.
    """

    settle_s: float
    delay_s: float
    frequency_hz: float
    damping: float
    residual: float


def shares_of_step(since_step_s: Sequence[float], focus: Sequence[float]) -> list[float]:
    """Focus as a share of the step, 0 before and 1 long after, so that steps of any size can be joined.

    Parameters
    ----------
    since_step_s
        (N,) time from the command to the middle of each exposure; before the step where below 0.
    focus
        (N,) focus then, in any linear unit.

    Raises
    ------
    BadCalibrationDataError
        When the samples do not look like a step that settles.
    """
    time_s, value = np.asarray(since_step_s, np.float64), np.asarray(focus, np.float64)
    late = value[time_s > np.percentile(time_s, 80)]
    early = value[time_s <= 0.001]
    if len(early) < 3 or len(late) < 3:
        raise BadCalibrationDataError(
            "too few frames before or after the step: lower the speed, or raise the rate"
        )
    step = float(np.median(late) - np.median(early))
    spread = float(np.std(late) + np.std(early))
    if abs(step) < 4.0 * spread:
        raise BadCalibrationDataError("the step is within the noise: add light, or choose a larger step")
    return [float(share) for share in (value - np.median(early)) / step]


def fit_step(since_step_s: Sequence[float], shares: Sequence[float]) -> StepResponse:
    """Fit a delayed second-order step to samples taken at many times after many steps.

    Parameters
    ----------
    since_step_s
        (N,) time from the command to the middle of each exposure; before the step where below 0.
    shares
        (N,) as by `shares_of_step`.

    Raises
    ------
    BadCalibrationDataError
        When a damped spring does not move like that.
    """
    time_s, unit = np.asarray(since_step_s, np.float64), np.asarray(shares, np.float64)
    fits = [_fit(time_s, unit, start=np.array(start)) for start in _STARTS]
    values, residual = min(fits, key=lambda fit: fit[1])
    if residual > _MOST_RESIDUAL:
        raise BadCalibrationDataError(
            f"the lens does not follow a step as a damped spring does (residual {100 * residual:.0f} %): "
            "did the target move?"
        )
    delay_s, frequency_hz, damping = (float(v) for v in values)
    return StepResponse(
        settle_s=settle_time_s(delay_s, frequency_hz, damping, band=BAND),
        delay_s=delay_s,
        frequency_hz=frequency_hz,
        damping=damping,
        residual=residual,
    )


def settle_time_s(delay_s: float, frequency_hz: float, damping: float, *, band: float) -> float:
    """Last time a delayed second-order step is outside ± `band` of its height."""
    slowest = 2.0 * np.pi * frequency_hz * (damping - np.sqrt(max(damping**2 - 1.0, 0.0)))
    time_s = np.linspace(0.0, (np.log(1.0 / band) + 6.0) / slowest, 8192)
    outside = np.flatnonzero(np.abs(_response(time_s, frequency_hz, damping) - 1.0) > band)
    return delay_s + float(time_s[min(int(outside[-1]) + 1, len(time_s) - 1)])


def _fit(time_s: Vector, unit: Vector, *, start: Vector) -> tuple[Vector, float]:
    def model(values: Vector) -> Vector:
        delay_s, frequency_hz, damping = np.exp(values[:3])
        shape = _response(np.maximum(time_s - delay_s, 0.0), frequency_hz, damping)
        return np.asarray(values[3] + values[4] * shape)

    begin = np.concatenate((np.log(start), [0.0, 1.0]))
    found = solve(lambda v: model(v) - unit, begin, loss="soft_l1", loss_scale=0.05)
    return np.exp(found.values[:3]), found.rms


def _response(time_s: Vector, frequency_hz: float, damping: float) -> Vector:
    """Respond to a unit step as a second-order system does, at times from 0 on."""
    omega = 2.0 * np.pi * min(frequency_hz, 1e5)
    damping = min(damping, 50.0)
    root = np.emath.sqrt(damping**2 - 1.0 + 1e-12)
    first, second = -omega * (damping - root), -omega * (damping + root)
    left = (second * np.exp(first * time_s) - first * np.exp(second * time_s)) / (second - first)
    return np.asarray(1.0 - np.real(left))
