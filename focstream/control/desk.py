"""Everything that can be changed while the program runs, in one place that checks, logs and notes it."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from focstream.clock import now_ns
from focstream.control.control import Change, Control, ControlState, InForce
from focstream.types import InputError

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Offered:
    """A control, whether it sets something that stays, and the lock of those who change it."""

    control: Control
    stays: bool
    lock: threading.Lock = field(default_factory=threading.Lock)


class ControlDesk:
    """Knows the controls by name, and what was changed. May be used from any thread.

    Changes of one control wait for each other, those of different ones do not: saving may take its time.
    """

    def __init__(self) -> None:
        self._offered: dict[str, _Offered] = {}
        self._changes: list[Change] = []
        self._heard_by: list[Callable[[Change], None]] = []
        self._order = threading.Lock()

    @property
    def names(self) -> tuple[str, ...]:
        """The controls, in the order in which they were offered."""
        return tuple(self._offered)

    @property
    def changes(self) -> tuple[Change, ...]:
        """All changes since the start, in order."""
        return tuple(self._changes)

    @property
    def in_force(self) -> InForce:
        """What is set now, by those controls that set something that stays."""
        settings = {name: each.control.state for name, each in self._offered.items() if each.stays}
        return InForce(settings=tuple((name, state.text) for name, state in settings.items()))

    def offer(self, name: str, control: Control, *, stays: bool = True) -> None:
        """Let `control` be changed by this name; one that does something once does not stay."""
        with self._order:
            self._offered = {**self._offered, name: _Offered(control=control, stays=stays)}

    def add_listener(self, hears: Callable[[Change], None]) -> None:
        """Let a recorder, or another, hear of every change from now on."""
        self._heard_by.append(hears)

    def state(self, name: str) -> ControlState:
        """Return what is set.

        Raises
        ------
        InputError
            When there is no such control.
        """
        return self._named(name).control.state

    def change(self, name: str, value: str, *, by: str) -> None:
        """Set a control, and log what it was and who changed it; one change of a control at a time.

        Raises
        ------
        InputError
            When there is no such control, or it cannot take that value; nothing has changed then.
        """
        named = self._named(name)
        with named.lock:
            before = named.control.state
            if before.choices and value not in before.choices:
                raise InputError(f"{name}: takes {', '.join(before.choices)}; got {value[:60]!a}")
            named.control.change(value)
            self._note(name, before=before.text, after=named.control.state.text or value, by=by)

    def _note(self, name: str, *, before: str, after: str, by: str) -> None:
        """Log a change, and let others hear of it, in the order of the stamps."""
        with self._order:
            change = Change(stamp_ns=now_ns(), control=name, before=before, after=after)
            self._changes.append(change)
            _log.info("%s changed by %s: %s → %s", name, by, before or "–", after or "–")
            for hears in self._heard_by:
                hears(change)

    def _named(self, name: str) -> _Offered:
        offered = self._offered.get(name)
        if offered is None:
            raise InputError(
                f"nothing here is called {name[:60]!a}; there is {', '.join(self.names) or 'none'}"
            )
        return offered
