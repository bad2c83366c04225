"""Several things made at the same time, and given in their order: for what mostly waits for a store."""

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")

AT_ONCE = 16
"""Things that are being made."""
_READY = 64
"""Parts of one that wait to be taken."""
_LOOK_S = 0.1


class _Line(Generic[Made]):
    """The parts of one thing, as a thread makes them; it waits while many of them are not taken yet."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._parts: queue.Queue[Made | BaseException | None] = queue.Queue(_READY)

    def fill(self, parts: Iterator[Made]) -> None:
        """Make all of them; what is raised meanwhile is raised where they are taken."""
        last: BaseException | None = None
        try:
            for part in parts:
                if not self._put(part):
                    return
        except BaseException as error:  # noqa: BLE001 - raised again where the parts are taken
            last = error
        self._put(last)

    def __iter__(self) -> Iterator[Made]:
        while (part := self._parts.get()) is not None:
            if isinstance(part, BaseException):
                raise part
            yield part

    def _put(self, part: Made | BaseException | None) -> bool:
        """Put a part into the line; False when nobody takes them any more."""
        while not self._stop.is_set():
            try:
                self._parts.put(part, timeout=_LOOK_S)
            except queue.Full:
                continue
            return True
        return False


def made_ahead(
    given: Iterable[Given],
    make: Callable[[Given], Iterator[Made]],
    *,
    waits: Callable[[Given], bool],
    at_once: int = AT_ONCE,
) -> Iterator[Made]:
    """Yield what `make` makes of each thing, in order; of those that wait, several are made at once.

    Parameters
    ----------
    given
        What to make something of; drawn from as it is needed.
    make
        Called in a thread for what waits, and otherwise when its turn comes.
    waits
        Whether making something of it is waiting for others.
    at_once
        How many are drawn ahead.
    """
    stop = threading.Event()
    with ThreadPoolExecutor(at_once, thread_name_prefix="ahead") as pool:
        lines: deque[Iterable[Made]] = deque()
        try:
            for each in given:
                if waits(each):
                    line = _Line[Made](stop)
                    pool.submit(line.fill, make(each))
                    lines.append(line)
                    if len(lines) >= at_once:
                        yield from lines.popleft()
                    continue
                while lines:
                    yield from lines.popleft()
                yield from make(each)
            while lines:
                yield from lines.popleft()
        finally:
            stop.set()
