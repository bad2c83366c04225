"""How noisy one slice is, told from the slice itself."""

from dataclasses import dataclass

import cv2
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
    residual = np.abs(cv2.filter2D(grey, cv2.CV_32F, _SECOND_DIFFERENCE))
    brightness = cv2.blur(grey, (3, 3))
    step = max(1, int(np.sqrt(grey.size / _SAMPLES)))
    levels, variances = _variance_by_brightness(
        np.asarray(brightness[::step, ::step], np.float32).ravel(), residual=residual[::step, ::step].ravel()
    )
    return _affine(levels, variances=variances)


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
