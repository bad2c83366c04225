"""The planner `track`: after a whole sweep, only where the last map shows something."""

import numpy as np

from focstream.active.uniform_rest import uniform_rest
from focstream.active.wish import FocusWish
from focstream.protocols import FocusPlanner
from focstream.types import DepthUpdate, SliceTag
from inference.planning.cells import Cells, cells_of
from inference.planning.limits import PlanLimits
from inference.planning.places import between, share_beyond, slots_of
from inference.planning.progress import Progress
from inference.planning.texture import TextureWatch

_COARSER = 1.8  # spacing over that of a uniform sweep, at first
_NARROWED = 0.75
_RISEN = 1.4  # times the σ of the last whole sweep
_BEYOND = 0.03  # of what a map shows: as much outside of the slots was not there before
_FEWEST_BETWEEN = 3  # two are under way before the sweep is planned
_OFF = 0.02  # of the sweep, more than any hysteresis: farther from its slot, a slice is of another one


class TrackPlanner(FocusPlanner):
    """Visits what the last map shows, with a margin, and makes a whole sweep now and then.

    A whole sweep is uniform. The sweeps after it go from far to near over the places where the newest map
    has depth, in coarser steps, and end there. The next whole sweep comes after `PlanLimits.whole_every`
    sweeps; and at once when a sweep is broken, σ rises, something shows up beyond the slots or before the
    first two of them, which are under way by then, or nothing has texture. When σ rises in the first sweep
    after a whole one, the slots were too far apart, and later ones are nearer to each other.

    Where maps have seen the sweep before, too (``--update rolling``), every other sweep takes the slots in
    the middle between those.

    The first two slots of a sweep are chosen before the map of the sweep before is final: the lens is on its
    way by then.

    Parameters
    ----------
    limits, lead
        As of `Progress`.
    """

    def __init__(self, limits: PlanLimits, *, lead: int = 1) -> None:
        self._progress = Progress(limits, lead=lead)
        self._step = 1.0 / (limits.slots - 1)
        self._spacing = _COARSER * self._step
        self._texture = TextureWatch(limits.slots)
        self._slots: tuple[float, ...] = ()  # of the sweep in hand; those of the next, as known so far:
        self._then: tuple[float, float] | None = None
        self._places: tuple[float, ...] = ()  # empty: the next sweep is whole
        self._is_whole = True
        self._sees_two = False  # sweeps in a map
        self._since_whole = 0
        self._whole_sigma = 0.0
        self._reconnects = 0

    @property
    def first(self) -> tuple[float, float]:
        """The first two slots of a uniform sweep."""
        return (0.0, self._step)

    def plan(self, update: DepthUpdate) -> FocusWish:
        """Return where to go after the slot that the lens is on its way to. See `FocusPlanner.plan`."""
        self._count(update.tag)
        self._sees_two = update.slices_seen > self._progress.slices
        cells = cells_of(update)
        if update.final:
            self._learn(cells, is_broken=update.broken)
        elif self._then is None and self._place >= len(self._slots) - 1:
            places = self._places_of(cells)
            self._then = (places[0], places[1]) if places else self.first
        return self._wish()

    def plan_unseen(self, tag: SliceTag) -> FocusWish:
        """Return where to go next in a sweep that gives no map before its last slice."""
        self._count(tag)
        return self._wish()

    @property
    def _place(self) -> int:
        """Index of the slot after the one that the lens is on its way to."""
        return self._progress.slices + self._progress.lead

    def _wish(self) -> FocusWish:
        over = self._place >= len(self._slots)
        return FocusWish(coordinate=None if over else self._slots[self._place], then=self._then)

    def _count(self, tag: SliceTag) -> None:
        """Note a slice; with the first of a sweep, choose its slots beyond those that are under way."""
        if not self._progress.add(tag):
            return
        begun = self._then or self.first
        anew = tag.reconnects != self._reconnects
        if anew or abs(tag.sweep_coordinate - begun[0]) > max(_OFF, self._step / 2):  # as after a lost device
            begun, self._places = self.first, ()
        self._reconnects, self._then = tag.reconnects, None
        slots, rest = self._progress.limits.slots, _beside(begun, self._places)
        goes_back = bool(rest) and rest[0] < max(begun)  # the network would see its slices out of order
        self._is_whole = not rest or goes_back or len(begun) + len(rest) > slots
        self._slots = (*begun, *(uniform_rest(begun, slots=slots) if self._is_whole else rest))

    def _learn(self, cells: Cells, *, is_broken: bool) -> None:
        """Choose the slots of the next sweep by the final map of this one."""
        self._since_whole = 0 if self._is_whole else self._since_whole + 1
        risen = not self._is_whole and cells.median_sigma > self._high_sigma
        if self._is_whole:
            self._whole_sigma = cells.median_sigma
        elif risen and self._since_whole == 1:
            self._spacing = max(_NARROWED * self._spacing, self._step)
        is_lost = is_broken or risen or self._shows_more(cells)
        self._places = () if is_lost else self._places_of(cells, later=0)

    @property
    def _high_sigma(self) -> float:
        return max(self._progress.limits.good_enough, _RISEN * self._whole_sigma)

    def _shows_more(self, cells: Cells) -> bool:
        return share_beyond(cells, np.asarray(self._slots), reach=self._spacing) > _BEYOND

    def _places_of(self, cells: Cells, *, later: int = 1) -> tuple[float, ...]:
        """Return the slots of a sweep over what a map shows; () where the next one is whole.

        `later` is 1 before the sweep in hand is counted as one since the last whole one.
        """
        limits = self._progress.limits
        since_whole = self._since_whole + (0 if self._is_whole else later)
        if self._texture.is_missing(cells, slices=self._progress.slices):
            return ()
        if since_whole >= limits.whole_every - 1:
            return ()
        slots = slots_of(cells, spacing=self._spacing, least=limits.slots_least, most=limits.slots)
        if not self._sees_two or since_whole % 2 == 0:
            return slots
        middles = between(slots, spacing=self._spacing)
        return middles if len(middles) >= max(limits.slots_least, _FEWEST_BETWEEN) else slots


def _beside(begun: tuple[float, float], places: tuple[float, ...]) -> tuple[float, ...]:
    """Return the places that none of the two slots shows; they may have been chosen by an older map."""
    near = min(np.diff(places), default=0.0) / 2
    return tuple(place for place in places if min(abs(place - at) for at in begun) > near)
