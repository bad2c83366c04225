"""Ctrl-C and SIGTERM as a polite request to stop."""

import signal
from collections.abc import Callable
from types import FrameType
from typing import Self

from focstream.program import signals


class Interrupt:
    """While entered, SIGINT and SIGTERM call `on_stop` once; a second signal raises KeyboardInterrupt.

    Before `on_stop` is set, a signal raises KeyboardInterrupt at once: nothing is running yet that would
    have to be ended in order. A program ends at once when a signal comes after a KeyboardInterrupt. Enter it
    in the main thread.
    """

    def __init__(self) -> None:
        self.requested = False
        self.on_stop: Callable[[], None] | None = None
        self._raised = False
        self._before: dict[int, object] = {}

    def __enter__(self) -> Self:
        for number in signals.SIGNALS:
            self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]  # what signal.signal returned

    def _handle(self, _number: int, frame: FrameType | None) -> None:
        if self._raised and signals.in_program():
            signals.leave()
        if self.requested or self.on_stop is None:
            self.requested = self._raised = True
            signals.unwind(frame)
        self.requested = True
        self.on_stop()
