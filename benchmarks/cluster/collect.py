"""What the driver of an archive costs: ranges planned and collected, with a stand-in for the engine.

Recordings of small images are planned for real; their ranges are played at once in this process, or by
processes of this computer, and what comes of them goes into a table. The memory is that of this process.

    python -m benchmarks.cluster.collect
"""

import gc
import logging
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

import psutil
import tyro

from benchmarks.recording import make_slices
from benchmarks.shared.piped import piped
from capture.config import CaptureConfig
from capture.ranges.cutting import Cutting
from capture.ranges.planner import plan
from capture.ranges.sources import sources_of
from capture.recording.file_writer import FileWriter
from capture.recording.origin import Origin
from focstream.cluster.local_executor import LocalExecutor
from focstream.cluster.replay_many import Wanted, replay_many
from focstream.cluster.sweep_results import SweepResult
from focstream.cluster.work import Executor, RangePlayer, RangeResult, WorkRange
from focstream.program.device import device


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How many ranges."""

    recordings: int = 100
    """One recording under so many names."""
    sweeps: int = 1000
    """In it, of ten slices each; a range has one."""
    workers: int = 2
    """Processes that play a tenth of the recordings, in the second part."""


class StandIn(RangePlayer):
    """Plays a range in no time."""

    def play(self, work: WorkRange) -> RangeResult:
        """Return a result as that of a range of real sweeps."""
        ids = () if work.span is None else work.span.sweep_ids
        sweeps = tuple(
            SweepResult(
                sweep_id=sweep_id,
                slices_seen=10,
                depth_share=0.9,
                unit="m",
                digest=f"{sweep_id:016x}",
                number=work.first_sweep + place,
                median_sigma=0.01,
                seconds=0.1,
            )
            for place, sweep_id in enumerate(ids)
        )
        return RangeResult(work=work, sweeps=sweeps, seconds=0.1, node="here")

    def close(self) -> None:
        """Nothing to free."""


class AtOnce(Executor):
    """Plays every range in this process, and notes the memory of it now and then."""

    workers = 1

    def __init__(self, *, every: int) -> None:
        self._every = every
        self.memory_mb: list[float] = []

    def results(self, ranges: Iterable[WorkRange]) -> Iterator[RangeResult]:
        """Yield a result for every range, in their order."""
        player = StandIn()
        for count, work in enumerate(ranges, start=1):
            yield player.play(work)
            if count % self._every == 0:
                self.memory_mb.append(memory_mb())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to end."""


def memory_mb() -> float:
    """Resident memory of this process in MB (10^6 bytes)."""
    gc.collect()
    return float(psutil.Process().memory_info().rss) / 1e6


def record(folder: Path, *, recordings: int, sweeps: int) -> Path:
    """Make a recording, and a list that names it so many times."""
    with FileWriter(folder / "0.mcap", origin=Origin(device="benchmark")) as writer:
        for focal_slice in make_slices(10 * sweeps, width_px=16, height_px=12):
            writer.write_slice(focal_slice)
    for number in range(1, recordings):
        (folder / f"{number}.mcap").symlink_to(folder / "0.mcap")
    return folder


def play(folder: Path, executor: Executor, *, table: Path) -> float:
    """Plan and collect all; return the seconds."""
    sources = sources_of(folder)
    started_s = time.monotonic()
    replay_many(
        lambda done: plan(sources, CaptureConfig(), Cutting(sweeps=1), is_done=done.has),
        lambda: executor,
        Wanted(what="recording", table=table, options={}),
    )
    return time.monotonic() - started_s


def main(settings: Settings) -> None:
    """Measure both, and print what came of it."""
    logging.disable()
    ranges = settings.recordings * settings.sweeps
    print(device())
    with TemporaryDirectory() as place:
        folder = Path(place)
        whole, tenth = folder / "whole", folder / "tenth"
        whole.mkdir()
        tenth.mkdir()
        record(whole, recordings=settings.recordings, sweeps=settings.sweeps)
        record(tenth, recordings=max(settings.recordings // 10, 1), sweeps=settings.sweeps)
        play(
            tenth, AtOnce(every=ranges), table=folder / "warm.parquet"
        )  # warm-up: imports, and the first pages
        at_once = AtOnce(every=max(ranges // 10, 1))
        before_mb = memory_mb()
        seconds = play(whole, at_once, table=folder / "whole.parquet")
        after_mb = memory_mb()
        few = ranges // 10
        with_processes_s = play(
            tenth, LocalExecutor(StandIn, workers=settings.workers), table=folder / "tenth.parquet"
        )
    print(
        f"warm-up {few:,} ranges; n = {ranges:,} ranges of one sweep of 10 slices, "
        f"in {settings.recordings} recordings"
    )
    print(
        f"planned, collected, in a table: {ranges / seconds:,.0f} ranges/s, "
        f"{1e3 * seconds / ranges:.2f} ms a range"
    )
    print(
        f"memory: {before_mb:.0f} MB before; after each tenth "
        f"{' '.join(f'{each - before_mb:+.1f}' for each in at_once.memory_mb)}; "
        f"{after_mb - before_mb:+.1f} MB after the table was made"
    )
    print(
        f"by {settings.workers} processes: {few / with_processes_s:,.0f} ranges/s, "
        f"{1e3 * with_processes_s / few:.2f} ms a range, their start included"
    )


if __name__ == "__main__":
    with piped():
        main(tyro.cli(Settings, description=__doc__))
