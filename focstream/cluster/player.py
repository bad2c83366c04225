"""Plays ranges in a worker: what goes wrong with one is in its result."""

import logging
import platform
import time
from collections.abc import Callable

from focstream.cluster.sweep_numbers import SweepNumbers
from focstream.cluster.sweep_results import SweepResults
from focstream.cluster.work import RangePlayer, RangeResult, WorkRange
from focstream.errors import FocstreamError
from focstream.program.plain_logging import log_once_each

_log = logging.getLogger(__name__)

PlayRange = Callable[[WorkRange, SweepNumbers, SweepResults], None]
"""Plays a range into the results, with the engine that it holds."""


class HeldPlayer(RangePlayer):
    """A `RangePlayer` over a function that plays.

    Parameters
    ----------
    play
        Raises what is wrong with a range; forgotten at the end, with what it holds.
    """

    def __init__(self, play: PlayRange) -> None:
        self._play: PlayRange | None = play
        log_once_each(logging.WARNING)

    def play(self, work: WorkRange) -> RangeResult:
        """Play it; what goes wrong with the recording is in the result."""
        numbers = SweepNumbers(work)
        results, started_s, error = SweepResults(numbers), time.monotonic(), ""
        assert self._play is not None, "it is closed"
        try:
            self._play(work, numbers, results)
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
        self._play = None
