"""The planner `onward`: one way from far to near, past everything where nothing is."""

import numpy as np

from focstream.active.wish import ENOUGH, FocusWish
from focstream.protocols import FocusPlanner
from focstream.types import DepthUpdate
from inference.planning.cells import COORDINATES, PLACES, SIGMAS, Cells, cells_of, spread
from inference.planning.limits import PlanLimits
from inference.planning.progress import Progress
from inference.planning.texture import TextureWatch

_NOTHING = 0.01  # of the cells: fewer do not hold up the sweep
_SPARSE = 0.04  # of the cells: places that show fewer are passed over, as long as more is ahead
_END = 1.0 - 1e-6


class OnwardPlanner(FocusPlanner):
    """Goes from far to near by the steps of a uniform sweep, and over places where the map has no depth.

    From the far end all that is unsharp is nearer, so a map of the first slices says how far the next surface
    is. Cells that are good enough already draw no slice. The sweep ends when nothing unsure is ahead. The
    slices come in the order in which the network was trained, and the lens makes no detour. Without texture,
    the sweep is uniform.

    Parameters
    ----------
    limits, lead
        As of `Progress`.
    """

    def __init__(self, limits: PlanLimits, *, lead: int = 1) -> None:
        self._progress = Progress(limits, lead=lead)
        self._step = 1.0 / (limits.slots - 1)
        self._at = 0.0
        self._texture = TextureWatch(limits.slots)

    @property
    def first(self) -> tuple[float, float]:
        """The far end, and one step from it."""
        return (0.0, self._step)

    def plan(self, update: DepthUpdate) -> FocusWish:
        """Return where to go after the slot that the lens is on its way to. See `FocusPlanner.plan`."""
        if self._progress.add(update.tag):
            self._at = self.first[self._progress.lead]
        cells = cells_of(update)
        if self._texture.is_missing(cells, slices=self._progress.slices):
            coordinate: float | None = min(self._at + self._step, 1.0)
        else:
            coordinate = self._next(cells)
        is_last = (
            coordinate is None or cells.median_sigma <= self._progress.limits.good_enough or self._at >= _END
        )
        if is_last and self._progress.may_end:
            return ENOUGH
        self._at = min(self._at + self._step if coordinate is None else coordinate, 1.0)
        return FocusWish(coordinate=self._at)

    def _next(self, cells: Cells) -> float | None:
        """Return the next place to look at; None when nothing unsure is ahead."""
        unsure = cells.weights * (self._progress.limits.good_enough < SIGMAS)[:, None]
        density = spread(unsure) / max(float(cells.weights.sum()), 1.0)
        density[self._at >= COORDINATES] = 0.0
        if density.sum() <= _NOTHING:
            return None
        onward = self._at + self._step
        shown = np.abs(COORDINATES[:, None] - COORDINATES[None, :]) <= self._step / 2
        worth = np.flatnonzero((shown @ density > _SPARSE) & (onward <= COORDINATES))
        place = float(COORDINATES[worth[0]]) if worth.size else onward
        return min(onward if place - onward < 1 / (PLACES - 1) else place, 1.0)
