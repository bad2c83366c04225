"""What came of sweeps, as a worker tells it."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from focstream.depth_update import DepthUpdate, FloatMap
from focstream.digest import digest_of


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepResult:
    """What came of one sweep.

    Attributes
    ----------
    sweep_id, slices_seen, broken, unit, digest
        As in its final map.
    depth_share
        Share of pixels with a depth.
    number
        From 0, of the sweeps that gave a map, as they come in the recording.
    median_sigma
        Median standard deviation of the depth, in `unit`; NaN where there is no depth.
    seconds
        From the map before, or from the beginning, to this one.
    """

    sweep_id: int
    slices_seen: int
    depth_share: float
    unit: str
    digest: str
    number: int = 0
    broken: bool = False
    median_sigma: float = math.nan
    seconds: float = 0.0


class SweepResults:
    """A sink that keeps what came of every sweep.

    Parameters
    ----------
    number_of
        Gives each final map the number of its sweep; called once for each.
    """

    def __init__(self, number_of: Callable[[DepthUpdate], int]) -> None:
        self._number_of = number_of
        self._sweeps: list[SweepResult] = []
        self._since_s = time.monotonic()

    @property
    def sweeps(self) -> tuple[SweepResult, ...]:
        """So far."""
        return tuple(self._sweeps)

    def write(self, update: DepthUpdate) -> None:
        """Take one update; only final ones count."""
        if not update.final:
            return
        now_s = time.monotonic()
        self._sweeps.append(
            SweepResult(
                sweep_id=update.tag.sweep_id,
                slices_seen=update.slices_seen,
                depth_share=round(float(np.mean(~np.isnan(update.coordinate))), 6),
                unit=update.unit,
                digest=digest_of(update),
                number=self._number_of(update),
                broken=update.broken,
                median_sigma=_median(update.sigma()),
                seconds=round(now_s - self._since_s, 4),
            )
        )
        self._since_s = now_s

    def close(self) -> None:
        """Nothing to free."""


def _median(sigma: FloatMap) -> float:
    known = sigma[np.isfinite(sigma)]
    return float(np.median(known)) if known.size else math.nan
