"""Registration of two images by the enhanced correlation coefficient, coarse to fine.

G. Evangelidis and E. Psarakis, "Parametric Image Alignment Using Enhanced Correlation Coefficient
Maximization", PAMI 2008, as `cv2.findTransformECC`.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.apply.alignment.similarity import Similarity
from focstream.focal_slice import Image

FloatImage = NDArray[np.float32]

_COARSEST_PX = 96
_CRITERIA = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 60, 1e-5)
_FILTER_PX = 5
_SAME = 0.98  # images that correlate so well need no motion


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """How one image lies on another.

    Attributes
    ----------
    transform
        From pixels of the reference to pixels of the moved image.
    correlation_before, correlation
        Zero-mean normalised correlation on the common area without and with the transform, −1 … 1.
    """

    transform: Similarity
    correlation_before: float
    correlation: float


def grey(image: Image, *, longest_px: int) -> FloatImage:
    """(h, w) float32 grey image, 0 … 1, its longer side at most `longest_px`."""
    plane = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) if image.ndim == 3 else image
    factor = longest_px / max(plane.shape)
    result = plane.astype(np.float32) / np.float32(np.iinfo(image.dtype).max)
    if factor < 1.0:
        size = (round(plane.shape[1] * factor), round(plane.shape[0] * factor))
        result = np.asarray(cv2.resize(result, size, interpolation=cv2.INTER_AREA), np.float32)
    return result


def register(
    moved: FloatImage, reference: FloatImage, *, start: Similarity | None = None
) -> Registration | None:
    """Find the similarity between two grey images of one shape; None when nothing is found that is better.

    Parameters
    ----------
    moved, reference
        (H, W) float32.
    start
        First guess; none by default.
    """
    transform = start or Similarity()
    before = correlation(moved, reference, Similarity())
    levels = _levels(reference.shape)
    for factor in levels:
        found = _refine(_shrunk(moved, factor), _shrunk(reference, factor), transform.resized(factor))
        if found is not None:
            transform = found.resized(1.0 / factor)
        elif factor == levels[-1]:
            return None
    after = correlation(moved, reference, transform)
    if not after >= before:
        if before < _SAME:
            return None
        transform, after = Similarity(), before
    return Registration(transform=transform, correlation_before=before, correlation=after)


def correlation(moved: FloatImage, reference: FloatImage, transform: Similarity) -> float:
    """Zero-mean normalised correlation of `moved`, warped onto `reference`, where both are."""
    size = (reference.shape[1], reference.shape[0])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    laid = cv2.warpAffine(moved, transform.matrix(), size, flags=flags)
    inside = cv2.warpAffine(np.ones_like(moved), transform.matrix(), size, flags=flags) > 0.999
    if not inside.any():
        return -1.0
    first, second = laid[inside], reference[inside]
    first, second = first - first.mean(), second - second.mean()
    power = float(np.sqrt(np.dot(first, first) * np.dot(second, second)))
    return float(np.dot(first, second)) / power if power > 0.0 else -1.0


def _levels(shape: tuple[int, ...]) -> list[float]:
    factors = [1.0]
    while max(shape) * factors[0] / 2.0 >= _COARSEST_PX:
        factors.insert(0, factors[0] / 2.0)
    return factors


def _shrunk(image: FloatImage, factor: float) -> FloatImage:
    if factor == 1.0:
        return image
    size = (round(image.shape[1] * factor), round(image.shape[0] * factor))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.float32)


def _refine(moved: FloatImage, reference: FloatImage, start: Similarity) -> Similarity | None:
    """One level; the affine result is held to a similarity, which is all that focus and hands do."""
    matrix = start.matrix().astype(np.float32)
    everywhere = np.ones(reference.shape, np.uint8)
    try:
        _, found = cv2.findTransformECC(
            reference, moved, matrix, cv2.MOTION_AFFINE, _CRITERIA, everywhere, _FILTER_PX
        )
    except cv2.error:  # its way to say that it does not converge
        return None
    if not np.isfinite(found).all():
        return None
    return Similarity.nearest(np.asarray(found, np.float64), size_px=(reference.shape[1], reference.shape[0]))
