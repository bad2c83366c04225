"""How sharp a picture of a target is, in one number."""

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.measure.fits.errors import BadCalibrationDataError
from focstream.focal_slice import Image

_SATURATED = 0.995
_MOST_SATURATED = 0.02
_LEAST_LIGHT = 0.02


def sharpness(image: Image, *, roi: tuple[int, int, int, int] | None = None) -> float:
    """Mean squared gradient over the squared mean brightness (Tenengrad, independent of the exposure).

    Parameters
    ----------
    image
        (H, W) or (H, W, 3).
    roi
        Left, top, right, bottom in pixels; the inner quarter of each side by default, where
        the curvature of the field hardly counts.
    """
    part = plane(image, roi=roi)
    part = np.asarray(cv2.GaussianBlur(part, (0, 0), 0.8), np.float32)
    power = cv2.Sobel(part, cv2.CV_32F, 1, 0) ** 2 + cv2.Sobel(part, cv2.CV_32F, 0, 1) ** 2
    mean = float(part.mean())
    return float(power.mean()) / max(mean, 1e-6) ** 2


def plane(image: Image, *, roi: tuple[int, int, int, int] | None = None) -> NDArray[np.float32]:
    """(h, w) float32 grey part of an image, 0 … 1."""
    height_px, width_px = image.shape[:2]
    left, top, right, bottom = roi or (
        width_px * 3 // 8,
        height_px * 3 // 8,
        width_px - width_px * 3 // 8,
        height_px - height_px * 3 // 8,
    )
    part = image[top:bottom, left:right]
    grey = cv2.cvtColor(part, cv2.COLOR_BGR2GRAY) if part.ndim == 3 else part
    return np.asarray(grey, np.float32) / np.float32(np.iinfo(image.dtype).max)


def check_exposure(image: Image) -> None:
    """Refuse pictures from which nothing can be measured.

    Raises
    ------
    BadCalibrationDataError
        When too much of it is saturated, or it is dark.
    """
    part = plane(image)
    saturated = float(np.mean(part >= _SATURATED))
    if saturated > _MOST_SATURATED:
        raise BadCalibrationDataError(
            f"{100 * saturated:.0f} % of the target is saturated: expose shorter, or take away light"
        )
    if float(part.mean()) < _LEAST_LIGHT:
        raise BadCalibrationDataError("the target is dark: expose longer, or add light")
