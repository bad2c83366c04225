"""The map from commands of the lens to vergences, fitted to targets at known distances."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.apply.parts import FocusPart
from calibration.measure.fits.errors import BadCalibrationDataError
from calibration.measure.fits.least_squares import Vector, rows, solve

LEAST_DISTANCES = 4
_LEAST_SPAN_DPT = 0.5
_LEAST_WARMING_K = 1.5
_MOST_RESIDUAL = 0.02  # of the span
_CURVE_SIGMAS = 3.0
_OUTLIER_SIGMAS = 6.0
_LEAST_OUTLIER = 0.002  # of the span: distances that agree better than that are none
_MOST_OUTLIERS = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class FocusSample:
    """Sharpest command for one distance.

    Attributes
    ----------
    vergence_dpt
        1/distance.
    command, sigma
        Of the lens, midway between the one found going up and the one going down.
    temperature_c
        Temperature of the lens, where it reports one.
    """

    vergence_dpt: float
    command: float
    sigma: float
    temperature_c: float | None = None


def fit_focus(samples: Sequence[FocusSample], *, date: str) -> FocusPart:
    """Fit D = b + a·P (+ c·P², + k·(T − T0)) robustly.

    The curve is kept where it is significant, the drift where the lens got warm enough.

    Raises
    ------
    BadCalibrationDataError
        With too few distances, too narrow a range, or points that lie on no smooth curve.
    """
    _check(samples)
    warming = _warming(samples)
    design = _design(samples, curve=len(_distinct(samples)) > LEAST_DISTANCES, warming=warming)
    truth = np.array([sample.vergence_dpt for sample in samples])
    found, columns, kept = _robust(design, truth)
    if 2 in columns and abs(found[0][2]) < _CURVE_SIGMAS * np.sqrt(found[1][2, 2]):
        found, columns, kept = _robust(_without_column(design, column=2), truth)
    values, covariance, residuals = found
    span = float(np.ptp(truth))
    rms = float(np.sqrt(np.mean(residuals[kept] ** 2)))
    if rms > _MOST_RESIDUAL * span or values[1] <= 0.0 or kept.mean() < 1.0 - _MOST_OUTLIERS:
        raise BadCalibrationDataError(
            f"the distances lie on no smooth curve: residual {rms:.3f} dpt, gain {values[1]:.3f}, "
            f"{int((~kept).sum())} outliers; check the typed distances, and that nothing moved"
        )
    commands = [sample.command for sample in samples]
    temperatures = [s.temperature_c for s in samples if s.temperature_c is not None]
    mean_c = float(np.mean(temperatures)) if temperatures else None
    return FocusPart(
        level="calibrated",
        date=date,
        temperature_c=mean_c,
        offset_dpt=float(values[0]),
        gain=float(values[1]),
        curve=float(values[2]),
        drift_dpt_per_k=float(values[3]),
        reference_c=mean_c,
        command_range=(min(commands), max(commands)),
        covariance=rows(covariance),
        residual_dpt=rms,
        leave_one_out_dpt=_leave_one_out(design[:, columns][kept], truth[kept]),
    )


def re_reference(part: FocusPart, sample: FocusSample, *, date: str) -> FocusPart:
    """Refit the offset alone from one target: what drifts with temperature and time."""
    predicted = part.to_dpt(sample.command, temperature_c=sample.temperature_c)
    covariance = np.array(part.covariance)
    # The offset now hangs on this one sample; how the errors of the slope spread from there stays as it was.
    row = np.array([0.0, sample.command, sample.command**2, 0.0])
    new = covariance.copy()
    new[0, :] = -(row @ covariance)
    new[:, 0] = new[0, :]
    new[0, 0] = float(row @ covariance @ row) + (part.slope(sample.command) * sample.sigma) ** 2
    return part.model_copy(
        update={
            "offset_dpt": part.offset_dpt + sample.vergence_dpt - predicted,
            "covariance": rows(new),
            "date": date,
            "temperature_c": sample.temperature_c,
        }
    )


def _without_column(design: NDArray[np.float64], *, column: int) -> NDArray[np.float64]:
    """Design with one term left out: a column of zeros is not fitted."""
    result = design.copy()
    result[:, column] = 0.0
    return result


def _check(samples: Sequence[FocusSample]) -> None:
    check_distances([sample.vergence_dpt for sample in samples])


def check_distances(vergences_dpt: Sequence[float]) -> None:
    """Refuse distances that cannot make a map, before anything is measured.

    Raises
    ------
    BadCalibrationDataError
        When they are too few, or too near to each other.
    """
    distances = {round(vergence_dpt, 3) for vergence_dpt in vergences_dpt}
    if len(distances) < LEAST_DISTANCES:
        raise BadCalibrationDataError(
            f"only {len(distances)} distances: give at least {LEAST_DISTANCES}, spread evenly in 1/distance"
        )
    span = max(distances) - min(distances)
    if span < _LEAST_SPAN_DPT:
        raise BadCalibrationDataError(
            f"the distances span only {span:.2f} dpt: spread them over at least {_LEAST_SPAN_DPT:g} dpt"
        )


def _distinct(samples: Sequence[FocusSample]) -> set[float]:
    return {round(sample.vergence_dpt, 3) for sample in samples}


def _warming(samples: Sequence[FocusSample]) -> Vector:
    """Kelvin above the mean; zeros when the lens reports no temperature, or stayed nearly the same."""
    known = [sample.temperature_c for sample in samples]
    if any(value is None for value in known):
        return np.zeros(len(samples))
    kelvins = np.array(known, np.float64)
    return kelvins - kelvins.mean() if np.ptp(kelvins) >= _LEAST_WARMING_K else np.zeros(len(samples))


def _design(samples: Sequence[FocusSample], *, curve: bool, warming: Vector) -> NDArray[np.float64]:
    command = np.array([sample.command for sample in samples])
    return np.column_stack(
        (np.ones(len(command)), command, command**2 if curve else np.zeros(len(command)), warming)
    )


_Fit = tuple[Vector, NDArray[np.float64], Vector]


def _robust(design: NDArray[np.float64], truth: Vector) -> tuple[_Fit, list[int], NDArray[np.bool_]]:
    """Soft-L1 fit to find outliers, then plain least squares without them."""
    columns = [k for k in range(design.shape[1]) if np.any(design[:, k] != 0.0)]
    used = design[:, columns]
    start = np.asarray(np.linalg.lstsq(used, truth, rcond=None)[0], np.float64)
    scale = 1.48 * float(np.median(np.abs(used @ start - truth))) + 1e-4
    soft = solve(lambda v: np.asarray(used @ v - truth), start, loss="soft_l1", loss_scale=scale)
    spread = 1.48 * float(np.median(np.abs(soft.residuals))) + 1e-4
    least = _LEAST_OUTLIER * float(np.ptp(truth))
    kept = np.abs(soft.residuals) <= max(_OUTLIER_SIGMAS * spread, least)
    if kept.sum() <= len(columns):
        kept = np.ones(len(truth), np.bool_)
    best = solve(lambda v: np.asarray(used[kept] @ v - truth[kept]), soft.values)
    values, covariance = np.zeros(4), np.zeros((4, 4))
    values[columns] = best.values
    covariance[np.ix_(columns, columns)] = best.covariance
    return (values, covariance, np.asarray(used @ best.values - truth)), columns, kept


def _leave_one_out(design: NDArray[np.float64], truth: Vector) -> float:
    """Root mean square of r/(1 − h): what each sample is off the fit to all others (h: its leverage)."""
    hat = design @ np.linalg.pinv(design)
    residuals = truth - hat @ truth
    return float(np.sqrt(np.mean((residuals / np.maximum(1.0 - np.diag(hat), 1e-6)) ** 2)))


def confidence_band_dpt(part: FocusPart, commands: Vector) -> Vector:
    """(N,) standard deviation of the map at commands."""
    return np.array([part.sigma_dpt(float(command)) for command in commands])
