"""Where a focus curve has its peak."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.measure.fits.errors import BadCalibrationDataError
from calibration.measure.fits.least_squares import Vector, solve

_LEAST_CONTRAST = 1.3
_LEAST_POINTS = 6
_WINDOW = 0.4  # of the height: the flanks below show more of the texture than of the focus
_MOST_RESIDUAL = 0.08


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """Peak of a focus curve.

    Attributes
    ----------
    position, sigma
        In the unit of the abscissa.
    width
        Full width at half maximum.
    residual
        Root mean square of the residuals over the height.
    """

    position: float
    sigma: float
    width: float
    residual: float


def find_peak(position: NDArray[np.float64], sharpness: NDArray[np.float64], *, what: str) -> Peak:
    """Fit base + height / (1 + (u/w)²)^m, which is symmetric as blur is, to the upper part of a focus curve.

    Parameters
    ----------
    position, sharpness
        (N,) in any order.
    what
        Names the curve in messages.

    Raises
    ------
    BadCalibrationDataError
        Without a clear peak inside the range.
    """
    order = np.argsort(position, kind="stable")
    x, y = np.asarray(position, np.float64)[order], np.asarray(sharpness, np.float64)[order]
    if len(x) < _LEAST_POINTS:
        raise BadCalibrationDataError(f"{what}: only {len(x)} slices, at least {_LEAST_POINTS} are needed")
    low, high = float(np.percentile(y, 5)), float(y.max())
    if high < _LEAST_CONTRAST * max(low, 1e-12):
        raise BadCalibrationDataError(
            f"{what}: the picture never gets clearly sharper (best {high / max(low, 1e-12):.2f} times the "
            "worst): is there texture, and is it in the range of the lens?"
        )
    inside = _around_the_top(y, threshold=low + _WINDOW * (high - low))
    if inside.start == 0 or inside.stop == len(x):
        raise BadCalibrationDataError(
            f"{what}: sharpest at the end of the range: move the target, or sweep on"
        )
    return _fit(x[inside], y[inside], base=low, what=what)


def _around_the_top(y: Vector, *, threshold: float) -> slice:
    top = int(np.argmax(y))
    first, last = top, top
    while first > 0 and y[first - 1] > threshold:
        first -= 1
    while last < len(y) - 1 and y[last + 1] > threshold:
        last += 1
    return slice(max(first - 1, 0) if last - first < 4 else first, last + 2 if last - first < 4 else last + 1)


def _fit(x: Vector, y: Vector, *, base: float, what: str) -> Peak:
    if len(x) < 5:
        raise BadCalibrationDataError(f"{what}: only {len(x)} slices about the peak: take more slices")
    height = float(y.max()) - base
    start = np.array([x[np.argmax(y)], np.log(max((x[-1] - x[0]) / 3.0, 1e-9)), 1.0, 0.0])

    def residuals(values: Vector) -> Vector:
        u = (x - values[0]) / np.exp(values[1])
        model = base / height + values[2] / (1.0 + u**2) ** np.exp(values[3])
        return np.asarray(model - y / height)

    found = solve(residuals, start, loss="soft_l1", loss_scale=0.02)
    position, width = float(found.values[0]), float(np.exp(found.values[1]))
    if found.rms > _MOST_RESIDUAL or not x[0] < position < x[-1]:
        raise BadCalibrationDataError(
            f"{what}: the focus curve has no clean peak (residual {100 * found.rms:.0f} %): "
            "did the target move, or does it show two distances?"
        )
    exponent = float(np.exp(found.values[3]))
    half = width * float(np.sqrt(2.0 ** (1.0 / exponent) - 1.0))
    return Peak(
        position=position,
        sigma=float(np.sqrt(found.covariance[0, 0])),
        width=2.0 * half,
        residual=found.rms,
    )
