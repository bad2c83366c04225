"""A plane through points of which up to a third may belong to something else."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

_TRIPLES = 32
LEAST_POINTS = 12
"""Fewer say nothing of a plane."""
_JUDGES = 96
"""Points that planes through three of them are judged by."""
_ROUNDS = 2
_TUKEY = 4.685
"""Residuals beyond so many standard deviations have no weight; 95 % efficient on Gaussian noise."""
_SIGMA_PER_MAD = 1.4826
_THINNEST = 1e-6
"""Product of the variances along and across of points within ±1, below which they are a line."""
_PICKS = np.random.default_rng(0).random((3, _TRIPLES))
"""Which points make the triples, as shares of all: the same points always give the same plane."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plane:
    """The plane ``value = slope_x · x + slope_y · y + offset``."""

    slope_x: float
    slope_y: float
    offset: float

    def at(self, x: Values, y: Values) -> Values:
        """(N,) values of the plane."""
        return self.slope_x * x + self.slope_y * y + self.offset


def fit_plane(x: Values, y: Values, values: Values) -> Plane | None:
    """Fit a plane to (N,) points; None where they are fewer than 12, or in one line.

    It begins with the best of several planes through three points, by the median of the residuals, and
    refines that with Tukey's weights.
    """
    if len(values) < LEAST_POINTS:
        return None
    (left, right), (top, bottom) = ((each.min(), each.max()) for each in (x, y))
    x_mid, y_mid, size = (left + right) / 2, (top + bottom) / 2, max(right - left, bottom - top) / 2 or 1.0
    points = np.ones((3, len(values)))
    points[0], points[1] = (x - x_mid) / size, (y - y_mid) / size
    if _in_one_line(points @ points.T, len(values)):
        return None
    a, b, c = _refined(points, values, _best_of_triples(points, values)) / (size, size, 1.0)
    return Plane(slope_x=float(a), slope_y=float(b), offset=float(c - a * x_mid - b * y_mid))


def median(values: NDArray[np.floating[Any]]) -> float:
    """Return the upper median of (N,) numbers; NumPy's own takes three times as long on so few."""
    middle = len(values) // 2
    return float(np.partition(values, middle)[middle])


def _in_one_line(normal: Values, points: float) -> bool:
    """Tell whether no plane is determined, by the normal matrix of so many points within ±1."""
    return bool(np.linalg.det(normal) < _THINNEST * points**3)


def _best_of_triples(points: Values, values: Values) -> Values:
    space = np.stack([points[0], points[1], values])
    first, *others = (space[:, picks] for picks in (_PICKS * len(values)).astype(np.intp))
    (x1, y1, v1), (x2, y2, v2) = (other - first for other in others)
    area = x1 * y2 - x2 * y1
    area[np.abs(area) < _THINNEST] = np.inf  # three in one line: a level plane through the first
    planes = np.empty((_TRIPLES + 1, 3))
    planes[:-1, 0] = slope_x = (v1 * y2 - v2 * y1) / area
    planes[:-1, 1] = slope_y = (x1 * v2 - x2 * v1) / area
    planes[:-1, 2] = first[2] - slope_x * first[0] - slope_y * first[1]
    planes[-1] = 0.0, 0.0, median(values)
    judges = slice(None, None, -(-len(values) // _JUDGES))
    residuals = np.abs(planes @ points[:, judges] - values[judges])
    middle = residuals.shape[1] // 2
    best = np.argmin(np.partition(residuals, middle, axis=1)[:, middle])
    return np.asarray(planes[best], np.float64)


def _refined(points: Values, values: Values, plane: Values) -> Values:
    for _ in range(_ROUNDS):
        residuals = values - plane @ points
        scale = _SIGMA_PER_MAD * median(np.abs(residuals))
        if scale == 0.0:  # half of the points are exactly on it
            return plane
        weights = np.square(np.maximum(1.0 - np.square(residuals / (_TUKEY * scale)), 0.0))
        weighted = points * weights
        normal = weighted @ points.T
        if _in_one_line(normal, float(weights.sum())):
            return plane
        plane = np.asarray(np.linalg.solve(normal, weighted @ values), np.float64)
    return plane
