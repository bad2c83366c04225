"""A source of slices that does what its script says: for tests and benchmarks of what comes after it."""

import threading
import time
from collections.abc import Iterable, Iterator
from typing import Self

from focstream.protocols import SliceSource
from focstream.types import FocalSlice


class ScriptedSource(SliceSource):
    """A `SliceSource` that hands out the slices of a script and raises the errors in it.

    Parameters
    ----------
    script
        Slices in the order of delivery; an exception among them is raised at its turn, and an event waited
        for, as a driver does whose device does not answer.
    free_running
        What the source says of itself; with a period it does not wait for a slow reader either way.
    period_s
        Time between two deliveries; 0 for as fast as possible.
    """

    name = "script"

    def __init__(
        self,
        script: Iterable[FocalSlice | Exception | threading.Event],
        *,
        free_running: bool = False,
        period_s: float = 0.0,
    ) -> None:
        self._free_running = free_running
        self.open = False
        self._script: Iterator[FocalSlice | Exception | threading.Event] = iter(script)
        self._period_s = period_s

    @property
    def free_running(self) -> bool:
        """What it was made to say of itself."""
        return self._free_running

    def read(self, timeout_s: float) -> FocalSlice | None:
        """Return the next slice of the script, or raise its next error; EOFError at its end."""
        if self._period_s > timeout_s:
            raise ValueError(f"a period of {self._period_s} s never fits a time-out of {timeout_s} s")
        time.sleep(self._period_s)
        for item in self._script:
            if isinstance(item, Exception):
                raise item
            if isinstance(item, threading.Event):
                item.wait()
                return None
            return item
        raise EOFError

    def __enter__(self) -> Self:
        self.open = True
        return self

    def __exit__(self, *_: object) -> None:
        self.open = False
