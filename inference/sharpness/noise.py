"""How noisy one slice is, estimated from the slice itself."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from focstream.depth_update import FloatMap

_SECOND_DIFFERENCE = np.outer([1.0, -2.0, 1.0], [1.0, -2.0, 1.0]).astype(np.float32) / 6.0
_SAMPLES = 6144
_GROUPS = 8
_QUANTILE = 0.25
_QUANTILE_OF_NORMAL = 0.3186  # a quarter of |N(0, 1)| lies below
_QUANTISATION_VARIANCE = (1.0 / 255.0) ** 2 / 12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseModel:
    """Variance of the noise, `read_variance` + `shot_gain`·brightness, in units of full scale squared."""

    read_variance: float
    shot_gain: float


def estimate_noise(grey: FloatMap) -> NoiseModel:
    """Noise of one slice, from the quietest quarter of its second differences at eight brightnesses.

    The mask is that of Immerkær, "Fast noise variance estimation", Computer Vision and Image Understanding
    64(2), 1996: it is blind to straight edges. A low quantile in place of his mean leaves the texture out.
    The variance is affine in brightness, read noise plus shot noise (Foi et al., "Practical
    Poissonian-Gaussian noise modeling", IEEE Transactions on Image Processing 17(10), 2008), and never below
    that of 8-bit quantisation.

    Parameters
    ----------
    grey
        (H, W) float32 brightness, 0 … 1.
    """
    if min(grey.shape) < 3:
        return NoiseModel(read_variance=_QUANTISATION_VARIANCE, shot_gain=0.0)
    brightness, residual = _sampled(grey, step=max(1, int(np.sqrt(grey.size / _SAMPLES))))
    levels, variances = _variance_by_brightness(brightness, residual=residual)
    return _affine(levels, variances=variances)


def _sampled(grey: FloatMap, *, step: int) -> tuple[FloatMap, FloatMap]:
    """Local mean and size of the second difference at every `step`-th pixel, flat."""
    height, width = grey.shape
    total = np.zeros_like(grey[: height - 2 : step, : width - 2 : step])
    residual = np.zeros_like(total)
    for (row, column), weight in np.ndenumerate(_SECOND_DIFFERENCE):
        shifted = grey[row : height - 2 + row : step, column : width - 2 + column : step]
        residual += shifted * weight
        total += shifted
    total *= np.float32(1.0 / 9.0)
    return total.ravel(), np.abs(residual).ravel()


def _variance_by_brightness(
    brightness: FloatMap, *, residual: FloatMap
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean brightness and noise variance of groups of pixels of like brightness."""
    groups = _GROUPS if brightness.size >= 64 * _GROUPS else 1
    used = brightness.size // groups * groups
    order = np.argsort(brightness)[:used].reshape(groups, -1)
    rank = int(_QUANTILE * order.shape[1])
    quiet = np.partition(residual[order], rank, axis=1)[:, rank]
    variances = (quiet.astype(np.float64) / _QUANTILE_OF_NORMAL) ** 2
    return brightness[order].mean(axis=1, dtype=np.float64), variances


def _affine(levels: NDArray[np.float64], *, variances: NDArray[np.float64]) -> NoiseModel:
    """Least-squares line with neither coefficient negative."""
    spread = levels - levels.mean()
    slope = float(spread @ variances) / max(float(spread @ spread), 1e-9)
    slope = min(max(slope, 0.0), float(variances.mean() / max(levels.mean(), 1e-6)))
    offset = float(variances.mean() - slope * levels.mean())
    return NoiseModel(read_variance=max(offset, _QUANTISATION_VARIANCE), shot_gain=slope)
