"""What comes back from workers, put together: exactly one result for every range, a line for every source."""

import logging
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from focstream.cluster.progress import Progress
from focstream.cluster.report import FileResult, describe
from focstream.cluster.sweep_results import SweepResult
from focstream.cluster.table_of_sweeps.table import SweepTable
from focstream.cluster.work import Executor, RangeResult, WorkRange
from focstream.counted import counted

_log = logging.getLogger(__name__)

_MOST_NAMED = 100
_NOT_COME = "no result came back; play it again"


@dataclass(slots=True, kw_only=True)
class _Source:
    """A recording or stack of which ranges are out."""

    ranges: int = 0
    out: int = 0
    whole: bool = True
    all_drawn: bool = False
    seconds: float = 0.0
    errors: list[str] = field(default_factory=list)
    sweeps: list[SweepResult] = field(default_factory=list)


class Collector:
    """Hands ranges to workers, and takes what comes of them.

    What it holds grows with the ranges that are out, not with those that are done; with `keep` also with the
    sweeps.

    Parameters
    ----------
    progress
        Counts.
    table
        Takes the rows; None for none.
    keep
        Whether to keep what came of every source.

    Attributes
    ----------
    sources, failed_sources
        How many are done, and how many of them failed.
    failures
        The first of them, in words.
    results
        What was kept.
    """

    def __init__(self, progress: Progress, *, table: SweepTable | None = None, keep: bool = False) -> None:
        self._progress = progress
        self._table = table
        self._keep = keep
        self._out: dict[int, WorkRange] = {}
        self._open: dict[str, _Source] = {}
        self.sources = self.failed_sources = 0
        self.failures: deque[str] = deque()
        self.results: list[FileResult] = []

    def collect(self, executor: Executor, ranges: Iterable[WorkRange]) -> None:
        """Have `executor` play all ranges.

        Raises
        ------
        FocstreamError
            When nothing can go on, or the table cannot be written.
        """
        for result in executor.results(self._drawn(ranges)):
            self._take(result)
        for work in list(self._out.values()):
            self._take(RangeResult(work=work, sweeps=(), seconds=0.0, error=_NOT_COME))

    def refuse(self, work: WorkRange) -> None:
        """Note a source that no worker gets, by its only range."""
        self._note_drawn(work)
        self._take(RangeResult(work=work, sweeps=(), seconds=0.0, error=work.refused))

    def _drawn(self, ranges: Iterable[WorkRange]) -> Iterator[WorkRange]:
        for work in ranges:
            self._note_drawn(work)
            yield work

    def _note_drawn(self, work: WorkRange) -> None:
        self._out[work.number] = work
        source = self._open.setdefault(work.source, _Source())
        source.ranges += 1
        source.out += 1
        source.whole = source.whole and work.first_sweep == 0 and work.sweeps is None
        source.all_drawn = source.all_drawn or work.last

    def _take(self, result: RangeResult) -> None:
        """Count a range once, whatever comes back of it later."""
        work = self._out.pop(result.work.number, None)
        if work is None:
            _log.warning("%s: what came back of a range a second time is left out", result.work.source)
            return
        self._progress.add(result)
        if self._table is not None:
            self._table.add(result)
        source = self._open[work.source]
        source.out -= 1
        source.seconds += result.seconds
        source.sweeps += result.sweeps
        if result.error:
            self._fail(work, source, result.error)
        if source.all_drawn and source.out == 0:
            self._close(work.source, self._open.pop(work.source))

    def _fail(self, work: WorkRange, source: _Source, error: str) -> None:
        source.errors.append(error)
        where = "" if source.whole else f", {_sweeps_of(work)}"
        line = f"{work.source}{where}: failed: {error}"
        _log.info("%s", line)
        if len(self.failures) < _MOST_NAMED:
            self.failures.append(line)

    def _close(self, name: str, source: _Source) -> None:
        self.sources += 1
        self.failed_sources += bool(source.errors)
        error = source.errors[0] if source.errors else ""
        sweeps = tuple(sorted(source.sweeps, key=lambda sweep: sweep.number))
        result = FileResult(file=name, sweeps=sweeps, seconds=round(source.seconds, 3), error=error)
        if not source.errors:
            _log.info("%s", describe(result))
        elif not source.whole:
            _log.info("%s: %d of %s failed", name, len(source.errors), counted(source.ranges, "range"))
        if self._keep:
            self.results.append(result)


def _sweeps_of(work: WorkRange) -> str:
    if work.sweeps is None:
        return f"from sweep {work.first_sweep} on"
    return f"sweeps {work.first_sweep} … {work.first_sweep + work.sweeps - 1}"
