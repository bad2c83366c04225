"""Whether the stated σ is the size of the errors."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from focstream.depth_update import FloatMap
from training.judging.metrics import mean

GROUPS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class SigmaPairs:
    """Stated σ and the error made, of every judged pixel.

    Attributes
    ----------
    sigma, error
        (N,) float32; the error is not negative.
    """

    sigma: FloatMap
    error: FloatMap

    def share_within(self, sigmas: float) -> float:
        """Share of errors below `sigmas` times the stated σ; normal errors: 0.68 for 1 and 0.95 for 2."""
        return mean(self.error < np.float32(sigmas) * self.sigma)


@dataclass(frozen=True, slots=True, kw_only=True)
class SigmaGroup:
    """Pixels of like σ.

    Attributes
    ----------
    stated, made
        Root mean square of the stated σ, and of the errors; of the sweep coordinate.
    pixels
        How many.
    """

    stated: float
    made: float
    pixels: int


def sigma_pairs(coordinate: FloatMap, sigma: FloatMap, truth: FloatMap) -> SigmaPairs:
    """Pairs of the pixels of (H, W) maps where coordinate, σ and truth are all known."""
    error = np.abs(coordinate - truth)
    judged = np.isfinite(error) & np.isfinite(sigma)
    return SigmaPairs(sigma=sigma[judged], error=error[judged])


def sigma_groups(pairs: Sequence[SigmaPairs]) -> tuple[SigmaGroup, ...]:
    """Group the pixels of all stacks by tenths of their stated σ, sure first; fewer if pixels are few."""
    sigma = np.concatenate([part.sigma for part in pairs])
    error = np.concatenate([part.error for part in pairs])
    order = np.argsort(sigma, kind="stable")
    parts = [part for part in np.array_split(order, GROUPS) if part.size]
    return tuple(
        SigmaGroup(stated=_rms(sigma[part]), made=_rms(error[part]), pixels=int(part.size)) for part in parts
    )


def _rms(values: NDArray[np.float32]) -> float:
    return mean(np.square(values.astype(np.float64))) ** 0.5
