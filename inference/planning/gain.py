"""The planner `gain`: the next slice goes where it makes the depth most sure."""

import logging

import numpy as np
from numpy.typing import NDArray

from focstream.focus_wish import ENOUGH, FocusWish
from focstream.protocols import FocusPlanner
from focstream.types import DepthUpdate
from focstream.uniform_rest import uniform_rest
from inference.planning.cells import COORDINATES, PLACES, SIGMAS, Cells, cells_of
from inference.planning.limits import PlanLimits

_log = logging.getLogger(__name__)

_PROBES = (0.1, 0.9, 0.5)
_TEXTURE = 0.02  # of the cells must be known better than by a guess, or nothing is to be learned
_AS_GOOD = 0.97  # of the best gain: then the shorter move counts
_REACH = 1.0  # of the spacing of a uniform sweep: half width of what a slice shows well
_SHARPNESS = 0.15  # σ that one slice in focus can give, as a share of that spacing
_GAPS = COORDINATES[:, None] - COORDINATES[None, :]


class GainPlanner(FocusPlanner):
    """Chooses the slot that lowers the standard deviation most, summed over the cells of the map.

    A sweep begins with three probes. Then, for every place along the focus, the planner adds up how much a
    slice there would sharpen each cell: cells near it, whose depth is unsure, and that no slice was near to.
    Of places that are as good, the nearest to the lens is taken. Without texture it makes a uniform sweep.

    Parameters
    ----------
    limits
        How far a sweep may go. The spacing of a uniform sweep of `limits.slots` is taken for the width of the
        focus curve.
    lead
        Slots that the lens is ahead of the map: 1 where it moves while depth is computed, 0 where it waits.
    """

    def __init__(self, limits: PlanLimits, *, lead: int = 1) -> None:
        self._limits = limits
        self._lead = lead
        reach = _REACH / (limits.slots - 1)
        self._near: NDArray[np.float64] = np.exp(-0.5 * np.square(_GAPS / reach))
        self._precision = (_SHARPNESS / (limits.slots - 1)) ** -2
        blur = np.exp(-0.5 * np.square(_GAPS[None] / np.maximum(SIGMAS, 0.5 / PLACES)[:, None, None]))
        self._blur: NDArray[np.float64] = blur / blur.sum(axis=1, keepdims=True)
        self._sweep_id: int | None = None
        self._taken: list[float] = []
        self._ahead: list[float] = []
        self._said_no_texture = False

    @property
    def first(self) -> tuple[float, float]:
        """Far and near, a little inside of the limits, where little is."""
        return _PROBES[:2]

    def plan(self, update: DepthUpdate) -> FocusWish:
        """Return where to go after the slot that the lens is on its way to. See `FocusPlanner.plan`."""
        self._note(update)
        cells = cells_of(update)
        number = len(self._taken) + self._lead  # what the lens is ahead of the map is part of the sweep
        if cells.median_sigma <= self._limits.good_enough and number >= self._limits.slots_least:
            return ENOUGH
        coordinate = self._next(cells)
        self._ahead.append(coordinate)
        return FocusWish(coordinate=coordinate)

    def _note(self, update: DepthUpdate) -> None:
        """Note the newest slice, and where the lens must be on its way to."""
        if update.tag.sweep_id != self._sweep_id:
            self._sweep_id = update.tag.sweep_id
            self._taken, self._ahead = [], list(_PROBES[1 : 1 + self._lead])
        elif self._ahead:
            del self._ahead[0]
        self._taken.append(update.tag.sweep_coordinate)

    def _next(self, cells: Cells) -> float:
        known = [*self._taken, *self._ahead]
        if len(known) < len(_PROBES):
            return _PROBES[len(known)]
        if cells.sure_share < _TEXTURE and len(self._taken) >= len(_PROBES):
            return self._without_texture(known)
        gain = self._gain(cells.weights, taken=np.asarray(self._taken), ahead=np.asarray(self._ahead))
        good = np.flatnonzero(gain >= _AS_GOOD * gain.max())
        return float(COORDINATES[good[np.argmin(np.abs(COORDINATES[good] - known[-1]))]])

    def _gain(
        self, weights: NDArray[np.float64], *, taken: NDArray[np.float64], ahead: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """(places,) by how much a slice there lowers σ, summed over the cells."""
        # Depth is only likely to be where the map says: each class of σ is spread by it.
        density = np.einsum("cij,cj->ci", self._blur, weights)
        repeats = 1.0 + self._nearness(np.concatenate((taken, ahead)))
        coming = self._precision * self._nearness(ahead)
        before = 1.0 / np.sqrt(SIGMAS[:, None] ** -2 + coming[None, :])
        added = self._precision * self._near / repeats[:, None]
        after = 1.0 / np.sqrt(before[:, None, :] ** -2 + added[None])
        gain: NDArray[np.float64] = np.einsum("cj,cij->i", density, before[:, None, :] - after)
        return gain

    def _nearness(self, coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
        """(places,) how many of the slices at `coordinates` are near."""
        places = np.clip(np.rint(coordinates * (PLACES - 1)), 0, PLACES - 1).astype(np.int64)
        nearness: NDArray[np.float64] = self._near[:, places].sum(axis=1)
        return nearness

    def _without_texture(self, known: list[float]) -> float:
        if not self._said_no_texture:
            self._said_no_texture = True
            _log.warning("--sweep.waveform active: nothing with texture to be seen; such sweeps are uniform")
        rest = uniform_rest(known, slots=self._limits.slots)
        return rest[0] if rest else known[-1]
