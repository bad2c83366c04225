"""Focus breathing from pictures of one still target over a sweep."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from calibration.apply.alignment.register import FloatImage, register
from calibration.apply.alignment.similarity import Similarity
from calibration.apply.parts import BreathingPart
from calibration.measure.fits.errors import BadCalibrationDataError
from calibration.measure.fits.least_squares import Vector, rows, solve

LEAST_SLICES = 7
_LEAST_CORRELATION = 0.9
_MOST_OUTLIERS = 0.4
_MOST_HELD_OUT_PX = 1.0
_SMALLEST_BLUR_PX = 0.8
_BLURS_PX = (0.0, 1.5, 3.0, 4.5, 6.5, 9.0, 12.0, 16.0, 21.0, 28.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class BreathingSample:
    """How the picture at one focus lies on the reference.

    Attributes
    ----------
    focus_dpt
        Vergence in focus.
    transform
        From pixels of the reference to pixels of this picture.
    correlation
        With the reference blurred alike.
    """

    focus_dpt: float
    transform: Similarity
    correlation: float


def measure_breathing(
    images: Sequence[FloatImage], focus_dpt: Sequence[float], *, reference: int
) -> list[BreathingSample]:
    """Register every picture with the sharp one, blurred as much as the picture is.

    Defocus pulls the scale of a registration with a sharp picture; between pictures equally blurred it
    does not. How much to blur is searched for, so nothing need be known of the lens.

    Parameters
    ----------
    images
        (H, W) float32 grey pictures of a still, flat, textured target.
    focus_dpt
        Vergences in focus.
    reference
        Index of the sharpest.
    """
    samples = []
    sharp = images[reference]
    order = sorted(range(len(images)), key=lambda k: abs(focus_dpt[k] - focus_dpt[reference]))
    guesses = {+1: Similarity(), -1: Similarity()}
    for k in order:
        side = 1 if focus_dpt[k] >= focus_dpt[reference] else -1
        found = _register_blurred(images[k], sharp, start=guesses[side])
        if found is not None:
            guesses[side] = found[0]
            samples.append(BreathingSample(focus_dpt=focus_dpt[k], transform=found[0], correlation=found[1]))
    return sorted(samples, key=lambda sample: sample.focus_dpt)


def measure_breathing_samples(
    pictures: Sequence[FloatImage], vergences: Sequence[float]
) -> tuple[list[BreathingSample], float]:
    """Register the pictures of a sweep with the sharpest; returns the samples and the vergence of it."""
    scores = [float(np.mean(np.hypot(*np.gradient(picture)[:2]))) for picture in pictures]
    reference = int(np.argmax(scores))
    return measure_breathing(pictures, vergences, reference=reference), vergences[reference]


def fit_breathing(
    samples: Sequence[BreathingSample], *, size_px: tuple[int, int], reference_dpt: float, date: str
) -> BreathingPart:
    """Fit scale and shift as smooth functions of vergence; every third slice is held out to check.

    Raises
    ------
    BadCalibrationDataError
        With too few slices, or when they follow no smooth law.
    """
    good = [sample for sample in samples if sample.correlation >= _LEAST_CORRELATION]
    if len(good) < LEAST_SLICES:
        raise BadCalibrationDataError(
            f"only {len(good)} of {len(samples)} slices can be registered, {LEAST_SLICES} are needed: "
            "use a target with coarse and fine texture that fills the picture, and keep it still"
        )
    held_out = good[1::3]
    trained = [sample for sample in good if sample not in held_out]
    values, _, _ = _solve(trained, size_px=size_px, reference_dpt=reference_dpt)
    left = _residuals(values, held_out, size_px=size_px, reference_dpt=reference_dpt)
    held_out_px = float(np.median(np.hypot(*left.reshape(-1, 2).T)))
    values, covariance, residuals = _solve(good, size_px=size_px, reference_dpt=reference_dpt)
    lengths = np.hypot(*residuals.reshape(-1, 2).T).reshape(len(good), -1).max(axis=1)
    outliers = float(np.mean(lengths > 3.0 * _MOST_HELD_OUT_PX))
    if held_out_px > _MOST_HELD_OUT_PX or outliers > _MOST_OUTLIERS:
        raise BadCalibrationDataError(
            f"the picture does not breathe smoothly: {held_out_px:.1f} px are left on slices held out; "
            "did camera or target move?"
        )
    return BreathingPart(
        level="calibrated",
        date=date,
        width_px=size_px[0],
        height_px=size_px[1],
        reference_dpt=reference_dpt,
        per_dpt=float(values[0]),
        per_dpt2=float(values[1]),
        shift_x_px_per_dpt=float(values[2]),
        shift_y_px_per_dpt=float(values[3]),
        covariance=rows(covariance),
        residual_px=float(np.sqrt(np.mean(lengths**2))),
        held_out_px=held_out_px,
    )


def _register_blurred(
    image: FloatImage, sharp: FloatImage, *, start: Similarity
) -> tuple[Similarity, float] | None:
    """Registration with the blur of the reference that correlates best: rising, then in between."""
    image = np.asarray(cv2.GaussianBlur(image, (0, 0), _SMALLEST_BLUR_PX), np.float32)
    best: tuple[Similarity, float] | None = None
    best_px = 0.0
    for blur_px in _BLURS_PX:
        found = _register_inside(image, sharp, blur_px=blur_px, start=start)
        if found is None:
            continue
        if best is not None and found[1] < best[1]:
            break
        best, best_px = found, blur_px
    for blur_px in (0.85 * best_px, 1.15 * best_px) if best_px else ():
        found = _register_inside(image, sharp, blur_px=blur_px, start=start)
        if found is not None and (best is None or found[1] > best[1]):
            best = found
    return best


def _register_inside(
    image: FloatImage, sharp: FloatImage, *, blur_px: float, start: Similarity
) -> tuple[Similarity, float] | None:
    """Register without the rim, where blur mixes in what lies outside of the sharp picture."""
    rim = int(np.ceil(blur_px / 2.0)) + 2
    inner = (slice(rim, -rim), slice(rim, -rim))
    there, back = Similarity(x_px=float(rim), y_px=float(rim)), Similarity(x_px=-float(rim), y_px=-float(rim))
    found = register(
        np.ascontiguousarray(image[inner]),
        np.ascontiguousarray(disc_blurred(sharp, blur_px)[inner]),
        start=back.after(start.after(there)),
    )
    return None if found is None else (there.after(found.transform.after(back)), found.correlation)


def disc_blurred(image: FloatImage, diameter_px: float) -> FloatImage:
    """Blur by a disc, as a round aperture does, after the smallest blur that all pictures get."""
    image = np.asarray(cv2.GaussianBlur(image, (0, 0), _SMALLEST_BLUR_PX), np.float32)
    if diameter_px < 1.0:
        return image
    side = int(np.ceil(diameter_px)) // 2 * 2 + 3
    y, x = np.mgrid[:side, :side] - side // 2
    disc = np.clip(diameter_px / 2.0 + 0.5 - np.hypot(x, y), 0.0, 1.0)
    blurred = cv2.filter2D(image, cv2.CV_32F, disc / disc.sum(), borderType=cv2.BORDER_REFLECT)
    return np.asarray(blurred, np.float32)


def _solve(
    samples: Sequence[BreathingSample], *, size_px: tuple[int, int], reference_dpt: float
) -> tuple[Vector, Vector, Vector]:
    found = solve(
        lambda v: _residuals(v, samples, size_px=size_px, reference_dpt=reference_dpt),
        np.array([1e-3, 1e-5, 0.01, 0.01]),
        loss="soft_l1",
        loss_scale=0.1,
    )
    return found.values, found.covariance, found.residuals


def _residuals(
    values: Vector, samples: Sequence[BreathingSample], *, size_px: tuple[int, int], reference_dpt: float
) -> Vector:
    """Modelled less measured place of the four corners, in pixels: (4·2·N,)."""
    width_px, height_px = size_px
    rays = np.array([[-1, -1], [1, -1], [-1, 1], [1, 1]]) * (np.array(size_px) - 1) / 2.0
    middle = (np.array([width_px, height_px]) - 1) / 2.0
    left = []
    for sample in samples:
        delta = sample.focus_dpt - reference_dpt
        model = rays * (1.0 + values[0] * delta + values[1] * delta**2) + values[2:4] * delta
        matrix = sample.transform.matrix()
        measured = (rays + middle) @ matrix[:, :2].T + matrix[:, 2] - middle
        left.append(model - measured)
    return np.concatenate(left).ravel()
