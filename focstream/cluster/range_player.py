"""Plays ranges in a worker: what goes wrong with one is in its result."""

import logging
import platform
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel

from focstream.cluster.sweep_numbers import SweepNumbers
from focstream.cluster.sweep_results import SweepResults
from focstream.cluster.work import MakePlayer, RangePlayer, RangeResult, WorkRange
from focstream.depth_update import DepthUpdate
from focstream.errors import FocstreamError
from focstream.program.memory import keep_freed_memory
from focstream.protocols import Sink

_log = logging.getLogger(__name__)

Options = TypeVar("Options", bound=BaseModel)
Ready = TypeVar("Ready")


def of_worker(options: Any, *, threads: int) -> Any:  # noqa: ANN401 - those of the command
    """Return the options of a worker: it publishes nothing, and nobody sees any but final maps."""
    silent = options.publish.model_copy(update={"enabled": False})
    return options.model_copy(update={"publish": silent, "threads": threads, "maps_per_sweep": 1})


class Part(Protocol):
    """A range that is open; `changes` are options that are other than those of the command."""

    @property
    def changes(self) -> dict[str, Any]:
        """By name."""
        ...


class Maps(Protocol):
    """What gives the maps of a range, as they are made."""

    @property
    def maps(self) -> Iterator[DepthUpdate]:
        """The sinks have each before it is yielded."""
        ...


class OpenMaps(Protocol):
    """Opens everything that makes maps of a range."""

    def __call__(
        self,
        options: Any,  # noqa: ANN401 - those of the command, of which this package knows nothing
        /,
        *,
        also: Sequence[Sink],
        readiness: Any,  # noqa: ANN401
        part: Any,  # noqa: ANN401
        numbers: SweepNumbers,
    ) -> AbstractContextManager[Maps]:
        """Open it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeRangePlayer(MakePlayer, Generic[Options, Ready]):
    """Makes the player of a worker; its functions are found by their names where it is called.

    Attributes
    ----------
    options
        Of the command.
    get_ready
        Opens the engine that the worker holds.
    open_part
        Opens a range.
    open_maps
        Opens what makes maps of it.
    """

    options: Options
    get_ready: Callable[[Options], Ready]
    open_part: Callable[[WorkRange, Options], Part]
    open_maps: OpenMaps

    def __call__(self) -> RangePlayer:
        """Make it.

        Raises
        ------
        FocstreamError
            When the engine asked for cannot run here.
        """
        keep_freed_memory()
        return _RangePlayer(self, self.get_ready(self.options))


class _RangePlayer(RangePlayer, Generic[Options, Ready]):
    def __init__(self, make: MakeRangePlayer[Options, Ready], ready: Ready) -> None:
        self._make = make
        self._ready: Ready | None = ready

    def play(self, work: WorkRange) -> RangeResult:
        """Play it; what goes wrong with the recording is in the result."""
        numbers = SweepNumbers(work)
        results, started_s, error = SweepResults(numbers), time.monotonic(), ""
        try:
            self._run(work, numbers, results)
        except FocstreamError as failure:
            error = str(failure)
        except Exception as failure:  # noqa: BLE001 - the others go on
            _log.exception("%s: an error that nobody expected", work.source)
            error = f"an error that nobody expected: {type(failure).__name__}: {failure}"
        seconds = round(time.monotonic() - started_s, 3)
        return RangeResult(
            work=work, sweeps=results.sweeps, seconds=seconds, node=platform.node(), error=error
        )

    def close(self) -> None:
        """Free what it holds."""
        self._ready = None

    def _run(self, work: WorkRange, numbers: SweepNumbers, results: SweepResults) -> None:
        make = self._make
        part = make.open_part(work, make.options)
        options = make.options.model_copy(update=part.changes)
        with make.open_maps(
            options, also=[results], readiness=self._ready, part=part, numbers=numbers
        ) as depth:
            for _ in depth.maps:
                pass
