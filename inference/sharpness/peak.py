"""Where the focus curve of every pixel has its peak, from its running sums.

Natural images look alike at all scales: their power falls with the square of the frequency (Field, "Relations
between the statistics of natural images and the response properties of cortical cells", JOSA A 4(12), 1987).
Behind a blur of radius a·|s − s₀| the energy of second derivatives then falls as

    E(s) ∝ (w² + (s − s₀)²)⁻²,

with w the width that the filter itself adds, so that 1/√E is a parabola in s with its bottom at s₀. (A single
frequency would make log E the parabola; measured, that fits textures worse.) The parabola
P(s) = α + βs + γs² is fitted to all slices by least squares of P·√E − 1 weighted with E³. The weight does
what the weight y² does in the fit of Gaussians of Guo, "A simple algorithm for fitting a Gaussian function",
IEEE Signal Processing Magazine 28(5), 2011: the flanks, which noise and other surfaces spoil, hardly count.
The normal equations need Σ E⁴xᵏ and Σ E^3.5 xᵏ alone, so no slice is kept.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from focstream.depth_update import FloatMap
from inference.sharpness.coverage import Coverage
from inference.sharpness.moments import CENTRE, Moments

_PRIOR = np.float32(0.001)  # weight of "the curve is as wide as its neighbours'", in slices at the peak
_LEAST_SPREAD = np.float32(2e-7)  # below it, rounding decides
_INDEPENDENT_SAMPLES = np.float32(10.0)  # under the support of the measure: its noise is correlated
_MODEL_ERROR = 0.05  # relative; the curve is never quite the one assumed, least of all far from its peak
_WIDEST = 10.0  # in spans of the sweep; a focus curve as wide as that is flat
_TINY = np.float32(1e-20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """Peak of focus at one scale.

    Attributes
    ----------
    coordinate
        (H, W) float32 sweep coordinate.
    variance
        (H, W) float32 of the coordinate, above 0; large where there is no peak.
    """

    coordinate: FloatMap
    variance: FloatMap

    def precision(self) -> FloatMap:
        """Return 1 / variance."""
        return np.reciprocal(self.variance)


@dataclass(slots=True, kw_only=True)
class _Parabola:
    """Bottom and opening of the parabola around the weighted mean of the coordinates."""

    mean: FloatMap
    spread: FloatMap
    bottom: FloatMap
    slope: FloatMap
    opening: FloatMap
    opening_variance: FloatMap
    flat: NDArray[np.bool_]


def fit_peak(moments: Moments, *, noise_energy: FloatMap, coverage: Coverage) -> Peak:
    """Peak of every pixel, at most one slice outside of the coordinates that were seen.

    Two slices are enough: what they leave open, the width typical of the scale settles.

    Parameters
    ----------
    moments
        (8, H, W) sums of at least two slices.
    noise_energy
        (H, W) float32 energy of the noise, in the unit of the measure.
    coverage
        Of the slices summed.
    """
    width = _shared_width(moments, coverage=coverage)
    parabola = _fit(moments, width=width, prior=_PRIOR, span=coverage.span)
    reach = np.float32(coverage.spacing) + 3 * np.sqrt(parabola.spread)
    offset = parabola.slope / parabola.opening
    offset *= np.float32(-0.5)
    np.minimum(np.maximum(offset, -reach, out=offset), reach, out=offset)
    lowest, highest = coverage.lowest - coverage.spacing, coverage.highest + coverage.spacing
    coordinate = np.clip(parabola.mean + offset + np.float32(CENTRE), lowest, highest)
    model_error = _MODEL_ERROR * (1.0 + (coverage.spacing / width) ** 2)
    variance = _variance(
        moments, parabola=parabola, offset=offset, noise_energy=noise_energy, model_error=model_error
    )
    lost = parabola.flat | (parabola.spread <= _LEAST_SPREAD)
    np.copyto(variance, np.float32(np.inf), where=lost)
    return Peak(coordinate=coordinate, variance=np.minimum(variance, np.float32(coverage.span**2)))


def _fit(moments: Moments, *, width: float, prior: np.float32, span: float) -> _Parabola:
    """Solve the normal equations around the weighted mean, with γw² ≈ α as a weak prior."""
    per_weight = np.reciprocal(np.maximum(moments[0], _TINY))
    mean, s2, s3, s4, t0, t1, t2 = moments[1:] * per_weight
    square = mean * mean
    spread = np.maximum(s2 - square, _LEAST_SPREAD)
    skew = s3 - mean * (3 * s2 - 2 * square)
    fourth = s4 - mean * (4 * s3 - mean * (6 * s2 - 3 * square))
    slope = t1 - mean * t0
    bend = t2 - mean * (2 * t1 - mean * t0) - skew * slope / spread
    width2 = np.float32(width * width)
    tilted = spread - prior * width2
    own = fourth - skew * skew / spread
    np.maximum(own, spread * spread, out=own)  # kurtosis ≥ skewness² + 1 (Pearson); rounding may break it
    own += prior * width2 * width2
    determinant = np.maximum((1 + prior) * own - tilted * tilted, _TINY)
    opening = ((1 + prior) * bend - tilted * t0) / determinant
    flattest = t0 * np.float32((_WIDEST * span) ** -2)
    flat = opening < flattest
    np.maximum(opening, flattest, out=opening)
    bottom = (t0 - tilted * opening) / (1 + prior)
    slope = (slope - skew * opening) / spread
    return _Parabola(
        mean=mean, spread=spread, bottom=bottom, slope=slope, opening=opening,
        opening_variance=(1 + prior) / determinant, flat=flat,
    )  # fmt: skip


def _shared_width(moments: Moments, *, coverage: Coverage) -> float:
    """Median width of the focus curves of the strongest quarter of the pixels; blur grows alike everywhere.

    Two slices determine no width; half their distance is a fair guess.
    """
    guess = 0.5 * coverage.spacing
    if coverage.slices < 3:
        return guess
    sample = moments[:, ::4, ::4].reshape(len(moments), -1)
    parabola = _fit(sample, width=guess, prior=_PRIOR, span=coverage.span)
    width2 = parabola.bottom / parabola.opening - np.square(parabola.slope / parabola.opening / 2)
    strong = sample[0] >= np.quantile(sample[0], 0.75)
    good = strong & ~parabola.flat & (width2 > 0)
    if np.count_nonzero(good) < 8:
        return guess
    return float(np.clip(np.sqrt(np.median(width2[good])), 0.1 * guess, 2.0 * coverage.span))


def _variance(
    moments: Moments, *, parabola: _Parabola, offset: FloatMap, noise_energy: FloatMap, model_error: float
) -> FloatMap:
    """Variance of the peak, first order in the noise of the measure.

    With r noise over signal, a mean of N squares has the relative variance (2r² + 4r)/N; 1/√E has a
    quarter of it.
    """
    s0 = np.maximum(moments[0], _TINY)
    energy: FloatMap = np.square(s0 / np.maximum(moments[5], _TINY))
    ratio = noise_energy / energy
    relative = (2 * ratio * ratio + 4 * ratio) / _INDEPENDENT_SAMPLES + np.float32(model_error**2)
    relative *= np.float32(0.25) * energy * energy * energy / s0
    per_slope = 1 / parabola.spread + 4 * offset * offset * parabola.opening_variance
    relative *= per_slope
    relative /= np.square(2 * parabola.opening)
    return np.asarray(relative, np.float32)
