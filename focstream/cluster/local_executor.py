"""Workers of this computer: a process each, by the standard library."""

import logging
import platform
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from focstream.cluster.plain_logging import log_once_each
from focstream.cluster.work import Executor, MakePlayer, RangePlayer, RangeResult, WorkRange
from focstream.errors import FocstreamError, InputError
from focstream.program.workers import LoneWorker

AHEAD = 2
"""Ranges that one worker has got and has not finished: one in work, and one that waits."""
_players: list[RangePlayer] = []
"""That of this process, if it is a worker that has played."""


@dataclass(slots=True)
class _Given:
    """What a worker has got, in its order."""

    worker: LoneWorker
    ranges: deque[tuple[WorkRange, Future[RangeResult | FocstreamError]]]
    done: int = 0  # by this process


class LocalExecutor(Executor):
    """Plays ranges in processes of this computer. A range in which its process dies has failed; others go on.

    Parameters
    ----------
    make
        Makes the player of a process, with its first range.
    workers
        Processes.
    """

    def __init__(self, make: MakePlayer, *, workers: int) -> None:
        self._make = make
        self._workers = workers
        self._given: list[_Given] = []
        self._deaths = 0

    @property
    def workers(self) -> int:
        """How many."""
        return self._workers

    def results(self, ranges: Iterable[WorkRange]) -> Iterator[RangeResult]:
        """Yield one result for every range, as they come; see `Executor.results`.

        Raises
        ------
        FocstreamError
            When a worker cannot make its player, as no other could.
        """
        waiting = iter(ranges)
        self._given = [_Given(LoneWorker(), deque()) for _ in range(self._workers)]
        self._draw(waiting)
        while running := [future for given in self._given for _, future in given.ranges]:
            wait(running, return_when=FIRST_COMPLETED)
            for given in self._given:
                yield from self._done(given)
            self._draw(waiting)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        given, self._given = self._given, []
        for each in given:
            if kind is None:
                each.worker.close(_close)
            else:
                each.worker.end()

    def _draw(self, waiting: Iterator[WorkRange]) -> None:
        """Give every worker what it can take, first one range each."""
        for most in range(1, AHEAD + 1):
            for given in self._given:
                if len(given.ranges) < most and (work := next(waiting, None)) is not None:
                    self._give(given, work)

    def _give(self, given: _Given, work: WorkRange) -> None:
        try:
            future = given.worker.submit(_play, self._make, work)
        except BrokenProcessPool as error:
            if given.ranges:  # whoever looks at the first of them replaces the worker
                future = Future()
                future.set_exception(error)
            else:  # it died at rest
                _succeed(given)
                future = given.worker.submit(_play, self._make, work)
        given.ranges.append((work, future))

    def _done(self, given: _Given) -> Iterator[RangeResult]:
        """Yield what a worker has done; one that died gets a successor, which goes on with what waited."""
        while given.ranges and given.ranges[0][1].done():
            work, future = given.ranges[0]
            try:
                result = future.result()
            except BrokenProcessPool:
                self._note_death()
                had_begun = given.worker.begun > given.done
                if had_begun:
                    given.ranges.popleft()
                self._replace(given)
                if had_begun:
                    yield RangeResult(work=work, sweeps=(), seconds=0.0, node=platform.node(), error=_DIED)
                return
            given.ranges.popleft()
            given.done += 1
            if isinstance(result, FocstreamError):
                raise result
            self._deaths = 0
            yield result

    def _note_death(self) -> None:
        """Give up when processes do nothing but die."""
        self._deaths += 1
        if self._deaths >= _MOST_DEATHS * self._workers:
            raise InputError(
                f"{self._deaths} processes died one after the other, perhaps for lack of memory: use fewer "
                f"than --workers {self._workers}"
            )

    def _replace(self, given: _Given) -> None:
        _succeed(given)
        left, given.ranges = given.ranges, deque()
        for work, _ in left:
            self._give(given, work)


def _succeed(given: _Given) -> None:
    """Put another process in the place of one that died."""
    given.worker.end()
    given.worker, given.done = LoneWorker(), 0


_MOST_DEATHS = 5
"""One after the other, of each worker."""
_DIED = "its process died, perhaps for lack of memory: use fewer --workers"


def _play(make: MakePlayer, work: WorkRange) -> RangeResult | FocstreamError:
    """Play a range in a worker; an error is that of making the player."""
    if not _players:
        log_once_each(logging.WARNING)
        try:
            _players.append(make())
        except FocstreamError as error:
            return error
    return _players[0].play(work)


def _close() -> None:
    """Close the player of a worker, at its end."""
    while _players:
        _players.pop().close()
