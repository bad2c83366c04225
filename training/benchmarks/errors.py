"""The error measures of the benchmarks, of one map; tables hold their means over maps.

The definitions are those of the evaluation code of DDFF 12-Scene (Hazirbas et al., ACCV 2018), which DFV and
others took over. `training.judging.metrics` has its own for the sweep coordinate, whose zero means little.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from training.benchmarks.scales import UnitMap
from training.judging.metrics import BUMP_CLIP, hessian_norm, mean, mean_known

BAD_PIXEL = 0.07
_DELTA_BASE = 1.25
_NAN = float("nan")


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkErrors:
    """Errors of one map, or their means over several; NaN where a measure is not defined, or not published.

    Attributes
    ----------
    mae, mse, rmse
        Mean |p − g|, mean (p − g)², and its root; in the unit of the benchmark. RMSE is taken of each map.
    log_rms
        Root of the mean (ln p − ln g)²; a prediction of 0 or less adds nothing to the sum but counts.
    abs_rel, sq_rel
        Mean |p − g| / |g| and mean (p − g)² / |g|; where g is 0 nothing is added.
    bump
        100 · mean min(‖Hessian(p − g)‖_F, 0.05), 0 … 5.
    bad_pixels
        Percent with |p − g| above `BAD_PIXEL`.
    delta_1, delta_2, delta_3
        Percent with max(p/g, g/p) below 1.25, 1.25², 1.25³; a prediction of 0 or less is beyond all.
    """

    mae: float = _NAN
    mse: float = _NAN
    rmse: float = _NAN
    log_rms: float = _NAN
    abs_rel: float = _NAN
    sq_rel: float = _NAN
    bump: float = _NAN
    bad_pixels: float = _NAN
    delta_1: float = _NAN
    delta_2: float = _NAN
    delta_3: float = _NAN


def benchmark_errors(
    prediction: UnitMap, truth: UnitMap, counted: NDArray[np.bool_], *, signed: bool, holes_zeroed: bool
) -> BenchmarkErrors:
    """Compare a whole map with the truth.

    Parameters
    ----------
    prediction, truth
        (H, W), without NaN; the truth has the protocol's value (0, mostly) where it is unknown.
    counted
        (H, W) the mask.
    signed
        Leave out logRMS and δ, which values below 0 do not have.
    holes_zeroed
        Make the prediction 0 outside of the mask before Bump.

    Returns
    -------
    errors
        NaN when no pixel counts.
    """
    if not counted.any():
        return BenchmarkErrors()
    p, g = prediction[counted], truth[counted]
    off = p - g
    mse = mean(np.square(off))
    part = BenchmarkErrors(
        mae=mean(np.abs(off)),
        mse=mse,
        rmse=mse**0.5,
        abs_rel=mean(_divided(np.abs(off), np.abs(g))),
        sq_rel=mean(_divided(np.square(off), np.abs(g))),
        bump=_bump(np.where(counted, prediction, 0.0) if holes_zeroed else prediction, truth, counted),
        bad_pixels=100.0 * mean(np.abs(off) > BAD_PIXEL),
    )
    return part if signed else _with_ratios(part, p, g)


def mean_benchmark_errors(rows: Sequence[BenchmarkErrors]) -> BenchmarkErrors:
    """Mean of every measure over maps, each over the maps where it is known."""
    names = [field.name for field in fields(BenchmarkErrors)]
    return BenchmarkErrors(**{name: mean_known(getattr(row, name) for row in rows) for name in names})


def _with_ratios(part: BenchmarkErrors, p: UnitMap, g: UnitMap) -> BenchmarkErrors:
    positive = (p > 0) & (g > 0)
    safe_p, safe_g = np.where(positive, p, 1.0), np.where(positive, g, 1.0)
    ratio = np.where(positive, np.maximum(safe_p / safe_g, safe_g / safe_p), np.inf)
    return replace(
        part,
        log_rms=mean(np.square(np.log(safe_p) - np.log(safe_g))) ** 0.5,
        delta_1=100.0 * mean(ratio < _DELTA_BASE),
        delta_2=100.0 * mean(ratio < _DELTA_BASE**2),
        delta_3=100.0 * mean(ratio < _DELTA_BASE**3),
    )


def _bump(prediction: UnitMap, truth: UnitMap, counted: NDArray[np.bool_]) -> float:
    """Holes of the truth add to it at their rims: their difference is taken before the mask."""
    return 100.0 * mean(np.minimum(hessian_norm(prediction - truth)[counted], BUMP_CLIP))


def _divided(values: UnitMap, by: UnitMap) -> UnitMap:
    return np.where(by > 0, values / np.where(by > 0, by, 1.0), 0.0)
