"""The planner `gain`: the next slice goes where it makes the depth most sure."""

import numpy as np
from numpy.typing import NDArray

from focstream.active.uniform_rest import uniform_rest
from focstream.active.wish import ENOUGH, FocusWish
from focstream.protocols import FocusPlanner
from focstream.types import DepthUpdate
from inference.planning.cells import COORDINATES, SIGMAS, Cells, cells_of, spread
from inference.planning.limits import PlanLimits
from inference.planning.progress import Progress
from inference.planning.texture import TextureWatch

_PROBES = (0.0, 1.0, 0.5)
_AS_GOOD = 0.97  # of the best gain: then the shorter move counts
_NARROW = 0.25  # of the spacing of a uniform sweep: no gap need be narrower


class GainPlanner(FocusPlanner):
    """Chooses the slot that lowers the standard deviation most, summed over the cells of the map.

    A sweep begins with three probes. Then, for every place along the focus, the planner adds up by how much a
    slice there would narrow the gap between slices in which each cell lies; unsure cells, and those at edges
    of depth, count more. Of places that are as good, the nearest to the lens is taken. Without texture it
    makes a uniform sweep.

    Parameters
    ----------
    limits, lead
        As of `Progress`.
    """

    def __init__(self, limits: PlanLimits, *, lead: int = 1) -> None:
        self._progress = Progress(limits, lead=lead)
        self._narrowest = _NARROW / (limits.slots - 1)
        self._taken: list[float] = []
        self._ahead: list[float] = []
        self._texture = TextureWatch(limits.slots)

    @property
    def first(self) -> tuple[float, float]:
        """Far and near: what lies between has slices on both sides."""
        return _PROBES[:2]

    def plan(self, update: DepthUpdate) -> FocusWish:
        """Return where to go after the slot that the lens is on its way to. See `FocusPlanner.plan`."""
        self._note(update)
        cells = cells_of(update)
        if cells.median_sigma <= self._progress.limits.good_enough and self._progress.may_end:
            return ENOUGH
        coordinate = self._next(cells)
        self._ahead.append(coordinate)
        return FocusWish(coordinate=coordinate)

    def _note(self, update: DepthUpdate) -> None:
        """Note the newest slice, and where the lens must be on its way to."""
        if self._progress.add(update.tag):
            self._taken, self._ahead = [], list(_PROBES[1 : 1 + self._progress.lead])
        elif self._ahead:
            del self._ahead[0]
        self._taken.append(update.tag.sweep_coordinate)

    def _next(self, cells: Cells) -> float:
        known = [*self._taken, *self._ahead]
        if len(known) < len(_PROBES):
            return _PROBES[len(known)]
        if self._texture.is_missing(cells, slices=self._progress.slices):
            return self._without_texture(known)
        gain = self._gain(cells.weights, np.asarray(known))
        good = np.flatnonzero(gain >= _AS_GOOD * gain.max())
        return float(COORDINATES[good[np.argmin(np.abs(COORDINATES[good] - known[-1]))]])

    def _gain(self, weights: NDArray[np.float64], known: NDArray[np.float64]) -> NDArray[np.float64]:
        """(places,) by how much a slice there narrows the gaps in which the cells lie."""
        density = spread(weights * SIGMAS[:, None])
        below = _last_at_or_below(known)
        above = 1.0 - _last_at_or_below(1.0 - known)[::-1]
        here, there = COORDINATES[:, None], COORDINATES[None, :]
        after_above = np.where(here >= there, np.minimum(above[None, :], here), above[None, :])
        after_below = np.where(here <= there, np.maximum(below[None, :], here), below[None, :])
        before = np.maximum(above - below, self._narrowest)
        after = np.maximum(after_above - after_below, self._narrowest)
        gain: NDArray[np.float64] = (np.square(before)[None, :] - np.square(after)) @ density
        return gain

    def _without_texture(self, known: list[float]) -> float:
        rest = uniform_rest(known, slots=self._progress.limits.slots)
        return rest[0] if rest else known[-1]


def _last_at_or_below(known: NDArray[np.float64]) -> NDArray[np.float64]:
    """(places,) the nearest slice that is not above each place; 0 where there is none."""
    ordered = np.sort(np.append(known, 0.0))
    last: NDArray[np.float64] = ordered[np.searchsorted(ordered, COORDINATES + 1e-9, side="right") - 1]
    return last
