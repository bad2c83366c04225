"""The focus measure: how much fine contrast a slice has around every pixel, at one scale."""

from functools import lru_cache

import cv2
import numpy as np

from focstream.depth_update import FloatMap
from inference.sharpness.noise import NoiseModel
from inference.sharpness.pixels import pyramid

_SMOOTH = np.array([1.0, 2.0, 1.0], np.float32) / 4.0
_SECOND = np.convolve(_SMOOTH, np.array([-1.0, 2.0, -1.0])).astype(np.float32)
_SUPPORT_SIGMA_PX = 1.5
_SUPPORT_SIZE = (9, 9)
_DARK = (2.0 / 255.0) ** 2  # keeps contrast finite in the black
_NOISE_LEFT = 0.15  # share of the noise energy below which no measure is believed
_UNIT = 1e3  # keeps high powers of the measure well inside float32


def contrast_energy(level: FloatMap, *, scale: int, noise: NoiseModel) -> tuple[FloatMap, FloatMap]:
    """Squared modified Laplacian over squared brightness, without what noise adds; and that noise.

    The modified Laplacian is |∂²I/∂x²| + |∂²I/∂y²| (Nayar and Nakagawa, "Shape from focus", IEEE Transactions
    on Pattern Analysis and Machine Intelligence 16(8), 1994). Squares take the place of its absolute
    values: the energies of signal and noise add, so the noise can be subtracted, and over a squared mean the
    exposure cancels.

    Parameters
    ----------
    level
        (H, W) float32 level `scale` of the pyramid of the brightness.
    noise
        Of level 0.

    Returns
    -------
    energy, noise_energy
        (H, W) float32 above 0.
    """
    mean = _around(level)
    per_brightness = np.maximum(mean * mean, np.float32(_DARK))
    np.divide(np.float32(_UNIT), per_brightness, out=per_brightness)
    energy = _around(_laplacian_energy(level))
    energy *= per_brightness
    gain = _noise_gain(scale)
    mean *= np.float32(gain * noise.shot_gain)
    mean += np.float32(gain * noise.read_variance)
    mean *= per_brightness
    np.maximum(energy - mean, mean * np.float32(_NOISE_LEFT), out=energy)
    return energy, mean


def _laplacian_energy(level: FloatMap) -> FloatMap:
    across = cv2.sepFilter2D(level, cv2.CV_32F, _SECOND, _SMOOTH, borderType=cv2.BORDER_REFLECT)
    down = cv2.sepFilter2D(level, cv2.CV_32F, _SMOOTH, _SECOND, borderType=cv2.BORDER_REFLECT)
    return cv2.accumulateSquare(down, cv2.multiply(across, across)).astype(np.float32, copy=False)


def _around(values: FloatMap) -> FloatMap:
    blurred = cv2.GaussianBlur(values, _SUPPORT_SIZE, _SUPPORT_SIGMA_PX, borderType=cv2.BORDER_REFLECT)
    return blurred.astype(np.float32, copy=False)


@lru_cache(maxsize=16)
def _noise_gain(scale: int) -> float:
    """Laplacian energy that white noise of variance 1 at level 0 leaves at a level, measured once."""
    white = np.random.default_rng(0).standard_normal((512, 512)).astype(np.float32)
    return float(_laplacian_energy(pyramid(white, levels=scale + 1)[scale]).mean())
