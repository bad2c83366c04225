"""Carries the wishes of a planner to the sweep: written where maps are made, read where the lens is moved."""

import logging
from collections.abc import Callable
from threading import Condition

from focstream.active.wish import FocusWish
from focstream.protocols import FocusPlanner
from focstream.types import DepthUpdate, SliceTag

_log = logging.getLogger(__name__)


class FocusMailbox:
    """Asks a planner about every map, and is the `FocusWishes` of the sweep; holds the newest wish.

    A planner that raises is asked no more: the sweeps are uniform from then on, and one line says so.

    Parameters
    ----------
    planner
        Asked in the thread that makes the maps.
    """

    def __init__(self, planner: FocusPlanner) -> None:
        self._planner = planner
        self._first = planner.first
        self._changed = Condition()
        self._wish: tuple[int, FocusWish] | None = None
        self._failed = False

    @property
    def first(self) -> tuple[float, float]:
        """Sweep coordinates of the first two slots of every sweep."""
        return self._first

    @property
    def failed(self) -> bool:
        """Whether sweeps are uniform from now on."""
        return self._failed

    def note(self, update: DepthUpdate) -> None:
        """Ask the planner about a map."""
        self._ask(lambda: self._planner.plan(update), update.tag)

    def note_unseen(self, tag: SliceTag) -> None:
        """Ask the planner about a slice that gave no map; not about one that depth is made without."""
        if tag.settling:
            return
        self._ask(lambda: self._planner.plan_unseen(tag), tag)

    def after(self, exposure_mid_ns: int, timeout_s: float) -> FocusWish | None:
        """Wait for the wish that follows from a slice; None when none came in time, or none will come."""

        def is_there() -> bool:
            return self._wish is not None and self._wish[0] == exposure_mid_ns

        with self._changed:
            self._changed.wait_for(lambda: self._failed or is_there(), timeout_s)
            return self._wish[1] if self._wish is not None and is_there() else None

    def _ask(self, plan: Callable[[], FocusWish | None], tag: SliceTag) -> None:
        if self._failed:
            return
        try:
            wish = plan()
        except Exception as error:  # noqa: BLE001 - a planner may be the user's own; depth must go on
            self.fail(f"the planner failed: {error!r}")
            return
        if wish is None:
            if not tag.last_in_sweep:  # after that, nobody waits
                self.fail("a slice gave no map to choose the next one from")
            return
        with self._changed:
            self._wish = (tag.exposure_mid_ns, wish)
            self._changed.notify_all()

    def fail(self, why: str) -> None:
        """Let all further sweeps be uniform, and log why, once."""
        with self._changed:
            is_new = not self._failed
            self._failed = True
            self._changed.notify_all()
        if is_new:
            _log.warning("--sweep.waveform active: %s; sweeps are uniform from now on", why)
