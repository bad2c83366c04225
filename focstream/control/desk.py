"""Everything that can be changed while the program runs, in one place that checks, logs and notes it."""

import logging
import threading
from collections.abc import Callable

from focstream.clock import now_ns
from focstream.control.control import Change, Control, ControlState
from focstream.types import InputError

_log = logging.getLogger(__name__)


class ControlDesk:
    """Knows the controls by name, and what was changed. May be used from any thread."""

    def __init__(self) -> None:
        self._controls: dict[str, Control] = {}
        self._changes: list[Change] = []
        self._heard_by: list[Callable[[Change], None]] = []
        self._lock = threading.Lock()

    @property
    def names(self) -> tuple[str, ...]:
        """The controls, in the order in which they were offered."""
        return tuple(self._controls)

    @property
    def changes(self) -> tuple[Change, ...]:
        """All changes since the start, in order."""
        return tuple(self._changes)

    def offer(self, name: str, control: Control) -> None:
        """Let `control` be changed by this name."""
        self._controls[name] = control

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
        return self._named(name).state

    def change(self, name: str, value: str, *, by: str) -> None:
        """Set a control, and log what it was and who changed it; one change at a time.

        Raises
        ------
        InputError
            When there is no such control, or it cannot take that value; nothing has changed then.
        """
        control = self._named(name)
        with self._lock:
            before = control.state
            if before.choices and value not in before.choices:
                raise InputError(f"{name}: takes {', '.join(before.choices)}; got {value[:60]!a}")
            control.change(value)
            change = Change(
                stamp_ns=now_ns(), control=name, before=before.value, after=control.state.value or value
            )
            self._changes.append(change)
            _log.info("%s changed by %s: %s → %s", name, by, before.value or "–", change.after or "–")
            for hears in self._heard_by:
                hears(change)

    def _named(self, name: str) -> Control:
        if name not in self._controls:
            raise InputError(
                f"nothing here is called {name[:60]!a}; there is {', '.join(self.names) or 'none'}"
            )
        return self._controls[name]
