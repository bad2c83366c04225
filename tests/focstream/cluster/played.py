"""Stand-ins for an engine: they play ranges of no recording at once, and tests count what they were given."""

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from focstream.cluster.sweep_results import SweepResult
from focstream.cluster.work import Executor, RangePlayer, RangeResult, WorkRange
from focstream.types import InputError


def result_of(work: WorkRange, *, error: str = "") -> RangeResult:
    """A result with two sweeps, or so many as the range has."""
    numbers = range(work.first_sweep, work.first_sweep + (work.sweeps or 2))
    sweeps = tuple(
        SweepResult(
            sweep_id=100 + number,
            slices_seen=4,
            depth_share=0.5,
            unit="m",
            digest=f"{number:016x}",
            number=number,
            median_sigma=0.01,
            seconds=0.1,
        )
        for number in numbers
    )
    return RangeResult(work=work, sweeps=() if error else sweeps, seconds=0.2, node="here", error=error)


def ranges_of(source: str, *, ranges: int, first: int = 0, sweeps: int = 2) -> Iterator[WorkRange]:
    """Ranges of one recording."""
    for number in range(ranges):
        yield WorkRange(
            number=first + number,
            source=source,
            first_sweep=number * sweeps,
            sweeps=sweeps,
            last=number == ranges - 1,
        )


class AtOnce(Executor):
    """Plays a few ranges at a time in this process, the newest first."""

    workers = 1

    def __init__(self, *, ahead: int = 4) -> None:
        self._ahead = ahead

    def results(self, ranges: Iterable[WorkRange]) -> Iterator[RangeResult]:
        """Yield results, not in the order of the ranges."""
        out: list[WorkRange] = []
        for work in ranges:
            out.append(work)
            if len(out) == self._ahead:
                yield result_of(out.pop())
        while out:
            yield result_of(out.pop())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to end."""


@dataclass(frozen=True)
class MakeStandIn:
    """Makes a player of a process, which says in a folder that it was made and closed."""

    place: Path
    fails: bool = False

    def __call__(self) -> RangePlayer:
        if self.fails:
            raise InputError("no such engine here")
        (self.place / f"made_{os.getpid()}").touch()
        return _StandIn(self.place)


@dataclass(frozen=True)
class DiesOnTheWay:
    """Kills the first processes that it is handed to, before they begin anything; then makes stand-ins."""

    place: Path
    deaths: int

    def __call__(self) -> RangePlayer:
        return MakeStandIn(self.place)()

    def __reduce__(self) -> tuple[Callable[[Path, int], Self], tuple[Path, int]]:
        return _loaded, (self.place, self.deaths)


def _loaded(place: Path, deaths: int) -> DiesOnTheWay:
    if len(list(place.glob("died_*"))) < deaths:
        (place / f"died_{os.getpid()}").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return DiesOnTheWay(place, deaths)


class _StandIn(RangePlayer):
    def __init__(self, place: Path) -> None:
        self._place = place

    def play(self, work: WorkRange) -> RangeResult:
        if work.source == "deadly":
            os.kill(os.getpid(), signal.SIGKILL)
        return result_of(work, error="it is bad" if work.source == "bad" else "")

    def close(self) -> None:
        (self._place / f"closed_{os.getpid()}").touch()
