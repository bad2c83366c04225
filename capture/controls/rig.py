"""What other threads know of an open camera and its lens, and how they ask for changes."""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from capture.camera import Adjustment, CameraSetting
from capture.sweep.plan import SweepPlan
from focstream.types import FocstreamError, InputError

_PATIENCE_S = 60.0
"""A sweep that has not ended by then is too slow for somebody who waits before a page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RigState:
    """A camera and lens as they are set.

    Attributes
    ----------
    camera
        Its name, for messages.
    lens
        Its name.
    settings
        What can be changed of the camera.
    plan
        Of the sweep.
    far_dpt, near_dpt
        Where the lens can be sent, as far as it was calibrated.
    limited_by
        What the limits come from: "focuses", or "is calibrated for".
    unit
        Of the focus: "dpt", or "" where it is a mere coordinate.
    is_metric
        Whether the focus may be called a distance.
    can_hold
        Whether the lens can be held while the camera goes on.
    held_dpt
        Where it is held; None while it sweeps.
    """

    camera: str
    lens: str
    settings: tuple[CameraSetting, ...]
    plan: SweepPlan
    far_dpt: float
    near_dpt: float
    limited_by: str
    unit: str
    is_metric: bool
    can_hold: bool = False
    held_dpt: float | None = None


class ChangingSweep(Protocol):
    """A sweep at rest, in the thread of its devices."""

    @property
    def state(self) -> RigState:
        """How the open devices are set."""
        ...

    def adjust(self, name: Adjustment, value: float) -> None:
        """Set the camera; what follows from it, such as its frame rate, is planned anew.

        Raises
        ------
        InputError
            When it cannot be; everything is then as before.
        """
        ...

    def replan(
        self, *, far_dpt: float | None = None, near_dpt: float | None = None, slots: int | None = None
    ) -> None:
        """Sweep otherwise from now on; what is None stays.

        Raises
        ------
        InputError
            When camera and lens cannot do it; everything is then as before.
        """
        ...

    def hold(self, focus_dpt: float | None) -> None:
        """Hold the lens at a focus while the camera goes on; None lets it sweep again.

        Raises
        ------
        InputError
            When the lens does not go there; everything is then as before.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    what: str
    work: Callable[[ChangingSweep], None]
    done: Future[None]


class Rig:
    """Carries changes to the thread of the devices, which makes them between two sweeps.

    Attributes
    ----------
    state
        As last known; None before the devices are open.
    """

    def __init__(self) -> None:
        self.state: RigState | None = None
        self._is_open = False
        self._waiting: deque[_Asked] = deque()
        self._lock = threading.Lock()

    @property
    def is_open(self) -> bool:
        """Whether the devices are there."""
        return self._is_open

    @property
    def is_asked(self) -> bool:
        """Whether a change waits for the end of the sweep in hand."""
        return bool(self._waiting)

    def ask(self, what: str, work: Callable[[ChangingSweep], None]) -> None:
        """Have a change made after the sweep in hand, and wait until it is; from other threads.

        Parameters
        ----------
        what
            Begins messages.
        work
            Makes it.

        Raises
        ------
        InputError
            When it cannot be made; nothing has changed then.
        """
        asked = _Asked(what=what, work=work, done=Future())
        with self._lock:
            if not self._is_open:
                raise _away(what)
            self._waiting.append(asked)
        try:
            asked.done.result(_PATIENCE_S)
        except TimeoutError:
            if not asked.done.cancel():  # it is being made
                asked.done.result()
                return
            raise InputError(
                f"{what}: the sweep in hand has not ended for {_PATIENCE_S:g} s; nothing was changed"
            ) from None

    def carry_out(self, sweep: ChangingSweep) -> None:
        """Make the changes that wait; between two sweeps, in the thread of the devices.

        Raises
        ------
        FocstreamError
            When a device was lost meanwhile.
        """
        while asked := self._next():
            if not asked.done.set_running_or_notify_cancel():
                continue
            try:
                asked.work(sweep)
                self.opened(sweep.state)
            except InputError as error:
                asked.done.set_exception(error)
            except BaseException as error:
                asked.done.set_exception(_lost(asked.what, error))
                raise
            else:
                asked.done.set_result(None)

    def opened(self, state: RigState) -> None:
        """Take note of how the open devices are set."""
        with self._lock:
            self.state, self._is_open = state, True

    def closed(self) -> None:
        """Refuse what waits, and what is asked until the devices are open again."""
        with self._lock:
            self._is_open = False
            waiting, self._waiting = self._waiting, deque()
        for asked in waiting:
            if asked.done.set_running_or_notify_cancel():
                asked.done.set_exception(_away(asked.what))

    def _next(self) -> _Asked | None:
        with self._lock:
            return self._waiting.popleft() if self._waiting else None


def _away(what: str) -> InputError:
    return InputError(f"{what}: camera and lens are not there now; nothing was changed")


def _lost(what: str, error: BaseException) -> FocstreamError:
    return error if isinstance(error, FocstreamError) else InputError(f"{what}: {error!r}")
