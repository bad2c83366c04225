"""How far a map is from the truth: the error measures that the depth-from-focus papers print.

The definitions are those of the evaluation code of DDFF 12-Scene (Hazirbas et al., ACCV 2018), which later
work took over: each measure is taken of one map, and tables hold means over maps. So the RMSE of a table is a
mean of roots, and its square is not the MSE beside it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

import cv2
import numpy as np
from numpy.typing import NDArray

from focstream.depth_update import FloatMap

RELATIVE_FLOOR = 0.05
"""Least true sweep coordinate where relative errors are taken: the coordinate is 0 at the far limit."""
BUMP_CLIP = 0.05
_DELTA_BASE = 1.25
_BUMP_REACH_PX = 2  # of a filter of 3 × 3 applied twice

MASK_TEXT = (
    "mask: pixels where truth and map are both known; logRMS, AbsRel, SqRel, δ: of these, where the truth is "
    f"{RELATIVE_FLOOR} or more; Bump: of these, where all of the 5 × 5 around is known"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MapErrors:
    """Errors of one map, or their means over several; NaN where no pixel could be judged.

    Attributes
    ----------
    coverage
        Share of the pixels with known truth that have a depth, 0 … 1.
    mae, mse, rmse
        Mean |p − g|, mean (p − g)², and its root; of the sweep coordinate.
    log_rms
        Root of the mean (ln p − ln g)²; a prediction of 0 or less adds nothing to the sum but counts.
    abs_rel, sq_rel
        Mean |p − g| / g and mean (p − g)² / g.
    delta_1, delta_2, delta_3
        Shares, 0 … 1, of pixels with max(p/g, g/p) below 1.25, 1.25², 1.25³; a prediction of 0 or less
        is beyond all.
    bump
        See `bumpiness`.
    """

    coverage: float
    mae: float
    mse: float
    rmse: float
    log_rms: float
    abs_rel: float
    sq_rel: float
    delta_1: float
    delta_2: float
    delta_3: float
    bump: float


def map_errors(prediction: FloatMap, truth: FloatMap) -> MapErrors:
    """Compare a map with the truth.

    Parameters
    ----------
    prediction, truth
        (H, W) sweep coordinates; NaN = no depth, and truth unknown.
    """
    known = np.isfinite(truth)
    judged = known & np.isfinite(prediction)
    difference = np.where(judged, prediction - truth, np.nan).astype(np.float64)
    mse = mean(np.square(difference[judged]))
    relative = judged & (truth >= RELATIVE_FLOOR)
    p, g = (values[relative].astype(np.float64) for values in (prediction, truth))
    ratio = _ratio(p, g)
    return MapErrors(
        coverage=mean(judged[known]),
        mae=mean(np.abs(difference[judged])),
        mse=mse,
        rmse=mse**0.5,
        log_rms=_log_rms(p, g),
        abs_rel=mean(np.abs(p - g) / g),
        sq_rel=mean(np.square(p - g) / g),
        delta_1=mean(ratio < _DELTA_BASE),
        delta_2=mean(ratio < _DELTA_BASE**2),
        delta_3=mean(ratio < _DELTA_BASE**3),
        bump=bumpiness(difference),
    )


def bumpiness(difference: NDArray[np.float64]) -> float:
    """How rough the error is: 100 · mean min(‖Hessian(p − g)‖_F, 0.05), hence 0 … 5.

    The Hessian is the Scharr filter applied twice, as skimage's `scharr_v` and `scharr_h` do it: weights 3,
    10, 3 over 16, differences over two pixels that are not halved (a ramp of 1 a pixel has the slope 2),
    images mirrored at their borders. Signs do not matter in the norm.

    The code of DDFF 12-Scene sets the truth to 0 where it is unknown, so that holes add to the roughness at
    their rims. Here only pixels count whose Hessian rests on known differences alone; for maps without holes
    both are the same.

    Parameters
    ----------
    difference
        (H, W) prediction minus truth, NaN where either is unknown.
    """
    known = np.isfinite(difference)
    side = 2 * _BUMP_REACH_PX + 1
    counted = cv2.erode(known.astype(np.uint8), np.ones((side, side), np.uint8)).astype(bool)
    norm = hessian_norm(np.where(known, difference, 0.0))
    return 100.0 * mean(np.minimum(norm[counted], BUMP_CLIP))


def hessian_norm(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(H, W) Frobenius norm of the Hessian, by the Scharr filter applied twice; see `bumpiness`."""
    across, down = _scharr(values, dx=1), _scharr(values, dx=0)
    squares = [np.square(_scharr(slope, dx=dx)) for slope in (across, down) for dx in (0, 1)]
    return np.asarray(np.sqrt(np.sum(squares, axis=0)), np.float64)


def mean(values: NDArray[np.float64] | NDArray[np.bool_]) -> float:
    """Mean of an array of any shape; NaN of an empty one."""
    return float(values.mean(dtype=np.float64)) if values.size else float("nan")


def mean_known(values: Iterable[float]) -> float:
    """Mean of those that are not NaN; NaN if there are none."""
    all_values = np.array(list(values), np.float64)
    return mean(all_values[np.isfinite(all_values)])


def mean_errors(rows: Sequence[MapErrors]) -> MapErrors:
    """Mean of every measure over maps, each over the maps where it is known."""
    names = [field.name for field in fields(MapErrors)]
    return MapErrors(**{name: mean_known(getattr(row, name) for row in rows) for name in names})


def _ratio(p: NDArray[np.float64], g: NDArray[np.float64]) -> NDArray[np.float64]:
    positive = p > 0
    safe = np.where(positive, p, 1.0)
    return np.where(positive, np.maximum(safe / g, g / safe), np.inf)


def _log_rms(p: NDArray[np.float64], g: NDArray[np.float64]) -> float:
    off = np.log(np.where(p > 0, p, 1.0)) - np.log(g)
    return mean(np.where(p > 0, np.square(off), 0.0)) ** 0.5


def _scharr(values: NDArray[np.float64], *, dx: int) -> NDArray[np.float64]:
    slope = cv2.Scharr(values, cv2.CV_64F, dx, 1 - dx, scale=1 / 16, borderType=cv2.BORDER_REFLECT)
    return np.asarray(slope, np.float64)
