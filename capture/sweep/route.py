"""Which slots a staircase visits: all of them in their order, or those that a planner wishes for."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from capture.sweep.plan import SweepPlan
from focstream.active.uniform_rest import uniform_rest
from focstream.active.wish import FocusWish, FocusWishes
from focstream.focal_slice import Active

_log = logging.getLogger(__name__)

_ANSWER_S = 0.5
"""For one look into the mailbox: reading must be able to end, but a later answer costs another exposure."""
_PATIENCE_S = 60.0
"""For an answer: more than a slice takes anywhere, though not more than an engine may take to be built."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A slot on the way through a sweep.

    Attributes
    ----------
    focus_dpt
        Where the lens is sent (dioptres).
    slot
        Index in a uniform sweep; of the nearest slot where the sweep is another.
    is_last
        Whether its slice completes the sweep; known once `Route.is_decided`.
    slots, number, active
        As in `SliceTag`.
    """

    focus_dpt: float
    slot: int
    is_last: bool
    slots: int | None = None
    number: int | None = None
    active: Active | None = None


class Route(Protocol):
    """Where a staircase is in its sweep, and where it goes next."""

    @property
    def here(self) -> Stop:
        """The slot that the lens is in, or on its way to."""
        ...

    def is_decided(self) -> bool:
        """Whether it is known what comes after this slot; may wait for an answer, but not for long."""
        ...

    def step(self, exposure_mid_ns: int) -> None:
        """Go on to the next slot, when the slice of this one has been exposed at `exposure_mid_ns`."""
        ...

    def give_way(self, why: str) -> bool:
        """Choose another slot, because the lens does not go to this one; False when there is none."""
        ...


class UniformRoute(Route):
    """All slots of a plan, far to near, again and again.

    Parameters
    ----------
    plan
        With the slots.
    """

    def __init__(self, plan: SweepPlan) -> None:
        self._slot_dpt = plan.slot_dpt()
        self._slot = 0

    @property
    def here(self) -> Stop:
        """The slot."""
        slots = len(self._slot_dpt)
        return Stop(
            focus_dpt=self._slot_dpt[self._slot],
            slot=self._slot,
            is_last=self._slot == slots - 1,
            slots=slots,
        )

    def is_decided(self) -> bool:
        """Whether it is known what comes next: always."""
        return True

    def step(self, exposure_mid_ns: int) -> None:  # noqa: ARG002 - the order is fixed
        """Go on to the next slot."""
        self._slot = (self._slot + 1) % len(self._slot_dpt)

    def give_way(self, why: str) -> bool:  # noqa: ARG002 - nothing else is planned
        """Choose another slot: there is none."""
        return False


class ActiveRoute(Route):
    """The slots that a planner wishes for; those of a uniform sweep once it has failed.

    Parameters
    ----------
    plan
        With the limits, the most slots and the fewest.
    wishes
        Of the planner.
    clock
        Seconds, by which a wish is waited for.
    """

    def __init__(
        self, plan: SweepPlan, *, wishes: FocusWishes, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._plan, self._wishes, self._clock = plan, wishes, clock
        self._asked_s: float | None = None
        self._has_warned = False
        self._taken: list[float] = []
        self._wish: FocusWish | None = None
        self._first = self._then = wishes.first
        self._before_ns = 0
        self._coordinate = self._begin()

    @property
    def here(self) -> Stop:
        """The slot, and whether the sweep goes on after it."""
        active = self._active()
        return Stop(
            focus_dpt=self._plan.far_dpt + self._coordinate * self._plan.span_dpt,
            slot=round(self._coordinate * (self._plan.slots - 1)),
            is_last=active != "more",
            number=len(self._taken),
            active=active,
        )

    def is_decided(self) -> bool:
        """Whether the planner has said what comes next, or need not be asked.

        The lens rests while depth is computed. When that takes too long, or the slice that was to lead to an
        answer was lost on its way, the next slot is that of a uniform sweep.
        """
        if self._wishes.failed or len(self._taken) in (0, self._plan.slots - 1) or self._wish is not None:
            return True
        self._wish = self._wishes.after(self._before_ns, _ANSWER_S) or self._late()
        return self._wish is not None or self._wishes.failed

    def step(self, exposure_mid_ns: int) -> None:
        """Go on to where the planner wishes, or begin the next sweep."""
        ends = self._active() != "more"
        wish, self._wish, self._asked_s = self._wish, None, None
        if wish is not None and wish.then is not None:
            self._then = wish.then
        self._before_ns = exposure_mid_ns
        self._taken = [] if ends else [*self._taken, self._coordinate]
        self._coordinate = self._begin() if ends else self._after(wish)

    def give_way(self, why: str) -> bool:
        """Go elsewhere, because the lens does not go here; False when this is a slot of a uniform sweep."""
        if self._wishes.failed:
            return False
        self._wishes.fail(why)
        self._coordinate = self._uniform()
        return True

    def _active(self) -> Active:
        """Whether the sweep goes on after this slot, and if not, why."""
        number = len(self._taken) + 1
        if number >= self._plan.slots:
            return "limit"
        is_enough = self._wish is not None and self._wish.enough and not self._wishes.failed
        return "enough" if is_enough and number >= self._plan.slots_least else "more"

    def _begin(self) -> float:
        self._first, self._then = self._then, self._wishes.first
        return self._uniform() if self._wishes.failed else self._first[0]

    def _after(self, wish: FocusWish | None) -> float:
        if self._wishes.failed:
            return self._uniform()
        if wish is None:
            return self._first[1]
        return self._uniform() if wish.coordinate is None else wish.coordinate

    def _late(self) -> FocusWish | None:
        """Return what comes next when there was no answer for too long."""
        if self._asked_s is None:
            self._asked_s = self._clock()
        if self._clock() - self._asked_s < _PATIENCE_S:
            return None
        if not self._has_warned:
            self._has_warned = True
            _log.warning(
                "--sweep.waveform active: no depth of a slice within %.0f s; then the next slot is that of a "
                "uniform sweep",
                _PATIENCE_S,
            )
        rest = uniform_rest([*self._taken, self._coordinate], slots=self._plan.slots)
        return FocusWish(coordinate=rest[0])

    def _uniform(self) -> float:
        return uniform_rest(self._taken, slots=self._plan.slots)[0]
