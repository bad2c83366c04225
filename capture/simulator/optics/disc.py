"""The transfer function of a defocused lens: a uniform disc, seen through pixels."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

SHARP_SIGMA_PX = 0.4
"""Gaussian that models the pixel's aperture and diffraction; it also tames ringing of tiny discs."""

_RADIAL_BINS = 8192
_BINS_PER_CYCLE = (_RADIAL_BINS - 1) / 0.7072  # the corner of the spectrum lies at sqrt(1/2) cycles a pixel
_DIAMETER_STEP_PX = 1.0 / 16.0


def jinc(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """2·J1(x)/x for x of any shape, by Poisson's integral (2/π)·∫ cos(x·cos θ)·sin²θ dθ over 0…π.

    (Abramowitz and Stegun 9.1.20.) The trapezoid rule converges exponentially for this periodic integrand
    once it has more nodes than x.
    """
    nodes = max(32, int(np.max(np.abs(x), initial=0.0)) + 32)
    theta = (np.arange(nodes) + 0.5) * (np.pi / nodes)
    weights = np.square(np.sin(theta)) * (2.0 / nodes)
    result = np.zeros(np.shape(x))
    for cosine, weight in zip(np.cos(theta), weights, strict=True):
        result += weight * np.cos(x * cosine)
    return result


def disc_transfer(diameter_px: float, *, shape: tuple[int, int]) -> NDArray[np.float32]:
    """(H, W) float32 transfer function of a disc times the pixel's, in the layout of an unshifted DFT.

    The table is by radius; the diameter is rounded to 1/16 px so that tables can be kept.
    """
    table = _radial_table(round(diameter_px / _DIAMETER_STEP_PX))
    quarter = np.take(table, _radial_index(shape), mode="clip")
    rows, columns = quarter.shape
    whole = np.empty(shape, np.float32)  # looking up costs more than copying, so mirror the rest
    whole[:rows, :columns] = quarter
    whole[:rows, columns:] = quarter[:, (shape[1] - 1) // 2 : 0 : -1]
    whole[rows:] = whole[(shape[0] - 1) // 2 : 0 : -1]
    return whole


@lru_cache(maxsize=64)
def _radial_index(shape: tuple[int, int]) -> NDArray[np.intp]:
    """Index into the radial table of the frequencies 0 … 1/2 cycles a pixel of a DFT of this shape."""
    rows = np.arange(shape[0] // 2 + 1)[:, None] / shape[0]
    columns = np.arange(shape[1] // 2 + 1)[None, :] / shape[1]
    return np.asarray(np.rint(np.hypot(rows, columns) * _BINS_PER_CYCLE), np.intp)


@lru_cache(maxsize=1024)
def _radial_table(diameter_steps: int) -> NDArray[np.float32]:
    """Transfer over radial frequency, 0 … sqrt(1/2) cycles a pixel."""
    frequency = np.arange(_RADIAL_BINS) / _BINS_PER_CYCLE
    x = np.pi * diameter_steps * _DIAMETER_STEP_PX * frequency
    grid, values = _jinc_table(1 << max(6, int(x[-1])).bit_length())
    pixel = np.exp(-2.0 * np.square(np.pi * SHARP_SIGMA_PX * frequency))
    return (np.interp(x, grid, values) * pixel).astype(np.float32)


@lru_cache(maxsize=8)
def _jinc_table(limit: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(x, jinc(x)) up to `limit`, fine enough that linear interpolation errs below 1e-4."""
    grid = np.linspace(0.0, limit, 20 * limit + 1)
    return grid, jinc(grid)
