"""What a planner sees of a depth map: a sample of its pixels, sorted by where and how sure they are."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from focstream.types import DepthUpdate

PLACES = 65
"""Places along the focus, far to near, at which depth is counted and slices are considered."""
COORDINATES: NDArray[np.float64] = np.linspace(0.0, 1.0, PLACES)
SIGMAS: NDArray[np.float64] = np.geomspace(0.004, 0.29, 9)
"""Classes of the standard deviation, as shares of the sweep; the last is that of a guess."""
_MOST_CELLS = 4096
_EDGE = 0.05  # of the sweep between neighbouring cells: more is an edge of depth
_EDGE_WEIGHT = 2.0
_UNKNOWN_WEIGHT = 0.25  # most pixels without depth have no texture, and never will have one
_BLUR = np.exp(
    -0.5 * np.square((COORDINATES[:, None] - COORDINATES) / np.maximum(SIGMAS, 0.5 / PLACES)[:, None, None])
)
_BLUR /= _BLUR.sum(axis=1, keepdims=True)
_LOG_STEP = math.log(SIGMAS[1] / SIGMAS[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """The cells of one map.

    Attributes
    ----------
    weights
        (classes, places) sum of the weights of the cells, by σ (`SIGMAS`) and by depth (`COORDINATES`). Cells
        without depth lie everywhere, in the class of a guess.
    median_sigma
        Of all cells; infinite when most have no depth.
    sure_share
        Share of the cells whose σ is below half of that of a guess.
    """

    weights: NDArray[np.float64]
    median_sigma: float
    sure_share: float


def cells_of(update: DepthUpdate) -> Cells:
    """Sample a map on a regular grid."""
    height, width = update.coordinate.shape
    step = max(math.ceil(math.sqrt(height * width / _MOST_CELLS)), 1)
    at = slice(step // 2, None, step)
    depth = np.asarray(update.coordinate[at, at], np.float32)
    sigma = np.asarray(update.coordinate_sigma[at, at], np.float32)
    known = np.isfinite(depth) & np.isfinite(sigma)
    weights = _binned(depth, sigma, known)
    weights[-1] += _UNKNOWN_WEIGHT * np.count_nonzero(~known) / PLACES
    every = np.where(known, sigma, np.inf)
    return Cells(
        weights=weights,
        median_sigma=float(np.partition(every, every.size // 2, axis=None)[every.size // 2]),
        sure_share=float(np.mean(every < SIGMAS[-1] / 2)),
    )


def spread(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """(places,) where depth is, of (classes, places) weights: each class is spread by its σ."""
    density: NDArray[np.float64] = np.einsum("cij,cj->i", _BLUR, weights)
    return density


def _binned(
    depth: NDArray[np.float32], sigma: NDArray[np.float32], known: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """(classes, places) weights of the cells with depth."""
    weight = 1.0 + _EDGE_WEIGHT * _edges(depth)[known]
    place = np.clip(np.rint(depth[known] * (PLACES - 1)), 0, PLACES - 1).astype(np.int64)
    steps = np.log(np.maximum(sigma[known], SIGMAS[0]) / SIGMAS[0]) / _LOG_STEP
    grade = np.clip(np.rint(steps), 0, len(SIGMAS) - 1).astype(np.int64)
    size = len(SIGMAS) * PLACES
    binned = np.bincount(grade * PLACES + place, weight, size)
    return binned.astype(np.float64).reshape(len(SIGMAS), PLACES)  # of nothing, the sums are whole numbers


def _edges(depth: NDArray[np.float32]) -> NDArray[np.float32]:
    """(h, w) 0 … 1: how much of an edge of depth a cell is; 0 beside cells without depth."""
    steps = np.zeros(depth.shape, np.float32)
    for axis in (0, 1):
        along = np.abs(np.diff(depth, axis=axis))
        np.nan_to_num(along, copy=False, nan=0.0)
        ahead, behind = _halves(axis)
        np.maximum(steps[ahead], along, out=steps[ahead])
        np.maximum(steps[behind], along, out=steps[behind])
    edges: NDArray[np.float32] = np.minimum(steps / np.float32(_EDGE), np.float32(1.0))
    return edges


def _halves(axis: int) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Cells that have a neighbour after them along an axis, and those that have one before."""
    whole = slice(None)
    first, later = slice(None, -1), slice(1, None)
    return ((first, whole), (later, whole)) if axis == 0 else ((whole, first), (whole, later))
