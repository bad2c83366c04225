"""A thread that works on the newest of what it is offered, and on nothing older."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

_log = logging.getLogger(__name__)

Item = TypeVar("Item")


class NewestWorker(Generic[Item]):
    """Calls `work` in a thread of its own. Offering never waits, and older items make room.

    A viewer must never hold up or end a measurement: when `work` fails, that is logged once and the worker
    takes nothing more.

    Parameters
    ----------
    work
        Called with one item at a time.
    name
        Name of the thread, also used in messages.
    period_s
        At least so long between two items.
    """

    def __init__(self, work: Callable[[Item], None], *, name: str, period_s: float = 0.0) -> None:
        self._work = work
        self._name = name
        self._period_s = period_s
        self._changed = threading.Condition()
        self._newest: Item | None = None
        self._ending = False
        self._failed = False
        self._skipped = 0
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def failed(self) -> bool:
        """Whether `work` has raised, so that nothing more is taken."""
        return self._failed

    @property
    def skipped(self) -> int:
        """Items that a newer one replaced before they were worked on."""
        return self._skipped

    def offer(self, item: Item) -> None:
        """Make `item` the next to work on, instead of one that still waits."""
        with self._changed:
            if self._failed or self._ending:
                return
            self._skipped += self._newest is not None
            self._newest = item
            self._changed.notify_all()

    def close(self) -> None:
        """Work on what still waits, then end the thread. May be called twice."""
        with self._changed:
            self._ending = True
            self._changed.notify_all()
        self._thread.join()

    def _run(self) -> None:
        while (item := self._take()) is not None:
            started_s = time.monotonic()
            try:
                self._work(item)
            except Exception as error:  # noqa: BLE001 - whatever it is, measuring goes on
                self._failed = True
                _log.error("%s has ended: %s; everything else goes on", self._name, error)
                return
            self._rest(started_s + self._period_s)

    def _take(self) -> Item | None:
        with self._changed:
            self._changed.wait_for(lambda: self._newest is not None or self._ending)
            taken, self._newest = self._newest, None
            return taken

    def _rest(self, until_s: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._ending, max(until_s - time.monotonic(), 0.0))
