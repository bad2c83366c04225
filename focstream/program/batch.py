"""Many recordings in one go: processes that replay one each, and one report of all."""

import json
import logging
import math
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from focstream.counted import counted
from focstream.depth_update import DepthUpdate
from focstream.digest import digest_of
from focstream.errors import InputError
from focstream.files.writing import write_whole
from focstream.program.workers import worker_pool

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepResult:
    """What came of one sweep.

    Attributes
    ----------
    sweep_id, slices_seen, broken, unit, digest
        As in its final map.
    depth_share
        Share of pixels with a depth.
    number
        From 0, of the sweeps that gave a map, as they come in the recording.
    median_sigma
        Median standard deviation of the depth, in `unit`; NaN where there is no depth.
    seconds
        From the map before, or from the beginning, to this one.
    """

    sweep_id: int
    slices_seen: int
    depth_share: float
    unit: str
    digest: str
    number: int = 0
    broken: bool = False
    median_sigma: float = math.nan
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FileResult:
    """What came of one recording; `error` is empty when all went well."""

    file: str
    sweeps: tuple[SweepResult, ...]
    seconds: float
    error: str = ""

    @property
    def slices(self) -> int:
        """Slices in the maps of all sweeps."""
        return sum(sweep.slices_seen for sweep in self.sweeps)


class SweepResults:
    """A sink that keeps what came of every sweep."""

    def __init__(self) -> None:
        self._sweeps: list[SweepResult] = []

    @property
    def sweeps(self) -> tuple[SweepResult, ...]:
        """So far."""
        return tuple(self._sweeps)

    def write(self, update: DepthUpdate) -> None:
        """Take one update; only final ones count."""
        if update.final:
            self._sweeps.append(
                SweepResult(
                    sweep_id=update.tag.sweep_id,
                    slices_seen=update.slices_seen,
                    depth_share=round(float(np.mean(~np.isnan(update.coordinate))), 6),
                    unit=update.unit,
                    digest=digest_of(update),
                )
            )

    def close(self) -> None:
        """Nothing to free."""


def run_batch(
    job: Callable[[Path], FileResult], files: Sequence[Path], *, workers: int
) -> Iterator[FileResult]:
    """Run `job` on every file in `workers` processes; yield results as they come.

    Parameters
    ----------
    job
        Must be importable: it runs in another process. It reports failures in its result.

    Raises
    ------
    InputError
        When a process dies, such as for lack of memory.
    """
    with worker_pool(min(workers, len(files))) as pool:
        try:
            for done in as_completed([pool.submit(job, file) for file in files]):
                yield done.result()
        except BrokenProcessPool:
            raise InputError(
                f"a process that replayed recordings died, perhaps for lack of memory: use fewer than "
                f"--workers {workers}"
            ) from None


def run_and_report(
    job: Callable[[Path], FileResult],
    files: Sequence[Path],
    *,
    what: str,
    workers: int,
    report: Path | None,
) -> None:
    """Run `job` on every file; print a line for each, and write the report.

    Parameters
    ----------
    job, workers
        As of `run_batch`.
    files
        Recordings, or stacks.
    what
        "recording" or "stack".
    report
        New JSON file; None for none.

    Raises
    ------
    InputError
        When a job failed, after all have run; when the report exists or cannot be written.
    """
    if report is not None and report.exists():
        raise InputError(f"{report} exists and is not replaced: give another --report")
    results, started_s = [], time.monotonic()
    for result in run_batch(job, files, workers=workers):
        _log.info("%s", describe(result))
        results.append(result)
    seconds = time.monotonic() - started_s
    slices = sum(result.slices for result in results)
    _log.info(
        "%s, %s in %.1f s: %.1f slices/s",
        *(counted(len(files), what), counted(slices, "slice"), seconds, slices / seconds),
    )
    if report is not None:
        write_report(report, results, seconds=seconds)
    failed = [result.file for result in results if result.error]
    if failed:
        raise InputError(f"{len(failed)} of {len(files)} {what}s failed, first {failed[0]}; see above")


def write_report(path: Path, results: Sequence[FileResult], *, seconds: float) -> None:
    """Write all results, by file, as JSON.

    Raises
    ------
    InputError
        When it cannot be written.
    """
    report = _report_json(results, seconds=seconds).encode()
    write_whole(path, report, remedy="make room there, or give another --report")


def _report_json(results: Sequence[FileResult], *, seconds: float) -> str:
    files = [asdict(result) for result in sorted(results, key=lambda result: result.file)]
    slices = sum(result.slices for result in results)
    total = {
        "files": len(results),
        "failed": sum(bool(result.error) for result in results),
        "slices": slices,
        "seconds": round(seconds, 3),
        "slices_per_s": round(slices / seconds, 3),
    }
    return json.dumps({"total": total, "files": files}, indent=2, allow_nan=False) + "\n"


def describe(result: FileResult) -> str:
    """One line about a file."""
    if result.error:
        return f"{result.file}: failed: {result.error}"
    digests = " ".join(sweep.digest for sweep in result.sweeps[:3])
    more = " …" if len(result.sweeps) > 3 else ""
    return (
        f"{result.file}: {counted(len(result.sweeps), 'sweep')}, {counted(result.slices, 'slice')} "
        f"in {result.seconds:.1f} s, digests {digests}{more}"
    )
