"""Robust least squares with a covariance, from scipy."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from focstream.program.extras import need_extra

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """A fit.

    Attributes
    ----------
    values
        (P,) parameters.
    covariance
        (P, P), scaled by the residuals that are left.
    residuals
        (N,) at the solution.
    """

    values: Vector
    covariance: NDArray[np.float64]
    residuals: Vector

    @property
    def rms(self) -> float:
        """Root mean square of the residuals."""
        return float(np.sqrt(np.mean(self.residuals**2)))


def solve(
    residuals: Callable[[Vector], Vector],
    start: Vector,
    *,
    loss: Literal["linear", "soft_l1"] = "linear",
    loss_scale: float = 1.0,
) -> Solution:
    """Minimise residuals from a start.

    Raises
    ------
    InputError
        When scipy is not installed.
    """
    need_extra("scipy", extra="calibration", what="calibrating")
    from scipy.optimize import least_squares

    scales = np.maximum(np.abs(start), 1e-6)
    found: Any = least_squares(residuals, start, loss=loss, f_scale=loss_scale, x_scale=scales, max_nfev=2000)
    left = np.asarray(residuals(found.x), np.float64)
    freedom = max(len(left) - len(start), 1)
    variance = float(np.sum(left**2)) / freedom
    covariance = np.linalg.pinv(found.jac.T @ found.jac) * variance
    return Solution(values=np.asarray(found.x), covariance=np.asarray(covariance), residuals=left)


def rows(matrix: NDArray[np.float64]) -> tuple[tuple[float, ...], ...]:
    """Matrix as a profile keeps it."""
    return tuple(tuple(float(value) for value in row) for row in matrix)
