"""Vignetting from pictures of an evenly lit surface."""

from collections.abc import Sequence

import cv2
import numpy as np

from calibration.apply.parts import FlatfieldPart, flatfield_terms, half_diagonals
from calibration.measure.fits.errors import BadCalibrationDataError
from calibration.measure.fits.sharpness import check_exposure, plane
from focstream.focal_slice import Image

_SMALL_PX = 64
_MOST_RESIDUAL = 0.03


def fit_flatfield(images: Sequence[Image], focus_dpt: Sequence[float], *, date: str) -> FlatfieldPart:
    """Fit brightness over the image at each focus setting.

    Parameters
    ----------
    images
        (H, W) or (H, W, 3) means of some frames of an evenly lit surface.
    focus_dpt
        Vergences in focus, rising.

    Raises
    ------
    BadCalibrationDataError
        When a picture is saturated, dark, or not of an even surface.
    """
    fits = [_one(image, dpt) for image, dpt in zip(images, focus_dpt, strict=True)]
    return FlatfieldPart(
        level="calibrated",
        date=date,
        focus_dpt=tuple(float(dpt) for dpt in focus_dpt),
        coefficients=tuple(coefficients for coefficients, _ in fits),
        residual=max(residual for _, residual in fits),
    )


def _one(image: Image, focus_dpt: float) -> tuple[tuple[float, ...], float]:
    check_exposure(image)
    whole = plane(image, roi=(0, 0, image.shape[1], image.shape[0]))
    factor = _SMALL_PX / max(whole.shape)
    size = (max(round(whole.shape[1] * factor), 8), max(round(whole.shape[0] * factor), 8))
    small = np.asarray(cv2.resize(whole, size, interpolation=cv2.INTER_AREA), np.float64)
    terms = flatfield_terms(*half_diagonals((small.shape[0], small.shape[1])))
    design = np.stack([np.broadcast_to(term, small.shape).ravel() for term in (np.ones((1, 1)), *terms)], 1)
    found = np.linalg.lstsq(design, small.ravel(), rcond=None)[0]
    residual = float(np.sqrt(np.mean((design @ found - small.ravel()) ** 2)) / max(found[0], 1e-9))
    if residual > _MOST_RESIDUAL or found[0] <= 0.0:
        raise BadCalibrationDataError(
            f"the surface at {focus_dpt:.2f} dpt is not even ({100 * residual:.1f} % left): "
            "use a plain white surface, out of focus, evenly lit"
        )
    return tuple(float(value) for value in found[1:] / found[0]), residual
