"""A replay of many recordings and stacks, from the plan to the report."""

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from focstream.cluster.collect import Collector
from focstream.cluster.progress import Progress, progress
from focstream.cluster.report import write_report
from focstream.cluster.table_of_sweeps.done_sweeps import DoneSweeps
from focstream.cluster.table_of_sweeps.table import SweepTable
from focstream.cluster.work import Executor, WorkRange
from focstream.counted import counted
from focstream.types import InputError

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to come of a replay of many.

    Attributes
    ----------
    what
        What one source is called: "recording" or "stack".
    report
        New JSON file; None for none.
    table
        Parquet file of all sweeps; None for none.
    resume
        Go on with the table.
    options
        What the depth depends on, by name.
    """

    what: str
    report: Path | None = None
    table: Path | None = None
    resume: bool = False
    options: dict[str, Any]


Plan = Callable[[DoneSweeps], Iterator[WorkRange]]
"""Plans the ranges that are not done."""


def replay_many(
    plan: Plan,
    executor: Callable[[], Executor],
    wanted: Wanted,
) -> None:
    """Play all ranges; log a line for each source and each failure, and write report and table.

    Parameters
    ----------
    plan
        Plans the ranges.
    executor
        Makes what plays them, once all else is ready.
    wanted
        What is to come of it.

    Raises
    ------
    InputError
        When a range failed, after all have run; when there is nothing to play; when report or table exist
        or cannot be written.
    """
    if wanted.resume and wanted.table is None:
        raise InputError("--resume goes on with a table: add --table FILE.parquet")
    if wanted.report is not None and wanted.report.exists():
        raise InputError(f"{wanted.report} exists and is not replaced: give another --report")
    with ExitStack() as stack:
        table = None
        if wanted.table is not None:
            table = SweepTable(wanted.table, options=wanted.options, resume=wanted.resume)
            stack.enter_context(table)
        shown = stack.enter_context(progress())
        collector = Collector(shown, table=table, keep=wanted.report is not None)
        done = DoneSweeps() if table is None else table.done
        workers = stack.enter_context(executor())
        collector.collect(workers, _allowed(plan(done), collector))
        seconds = shown.seconds
        if table is not None:
            table.finish()
    _say_what_came(collector, shown, wanted, seconds=seconds)
    if wanted.report is not None:
        write_report(wanted.report, collector.results, seconds=seconds)
    _raise_failures(collector, wanted.what)


def _say_what_came(collector: Collector, shown: Progress, wanted: Wanted, *, seconds: float) -> None:
    if collector.sources == 0:
        _log.info("nothing is left to play: all of it is in %s", wanted.table)
        return
    _log.info(
        "%s, %s in %.1f s: %.1f slices/s",
        *(counted(collector.sources, wanted.what), counted(shown.slices, "slice")),
        *(seconds, shown.slices / seconds),
    )


def _allowed(ranges: Iterator[WorkRange], collector: Collector) -> Iterator[WorkRange]:
    for work in ranges:
        if work.refused:
            collector.refuse(work)
        else:
            yield work


def _raise_failures(collector: Collector, what: str) -> None:
    if not collector.failures:
        return
    if len(collector.failures) > 1:
        _log.info("failed:\n%s", "\n".join(f"  {line}" for line in collector.failures))
    raise InputError(
        f"{collector.failed_sources} of {counted(collector.sources, what)} failed, first "
        f"{collector.failures[0].partition(': failed: ')[0]}; see above"
    )
