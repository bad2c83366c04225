"""Stalled and greedy clients of the depth stream, the live page and the metrics."""

import contextlib
import itertools
import resource
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.campaign import greedy
from benchmarks.campaign.small_run import CAMERA
from benchmarks.campaign.tally import Tally, Terms
from benchmarks.shared.running_pipeline import RunningPipeline
from benchmarks.soak.reader import read_maps
from benchmarks.soak.run import process_of
from publish.wire.depth_stream import DepthStream
from publish.wire.errors import StreamTimeoutError

_DESCRIPTORS = 256  # that the program may open: greed shows with few connections
_ACT_S = 4.0
_SETTLED_MAPS = 50
_NEW_READER_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stage:
    """What runs while clients misbehave."""

    pipeline: RunningPipeline
    targets: greedy.Targets
    process: psutil.Process


def run(terms: Terms, tally: Tally) -> None:
    """Let every kind of client misbehave in turn, and see what an honest reader notices."""
    maps_file = terms.folder / "maps.txt"
    with ExitStack() as stack:
        stage = _open(terms, stack)
        stack.enter_context(process_of("reader", stage.targets.depth, str(maps_file)))
        _wait_for_maps(maps_file)
        before_mb = _rss_mb(stage)
        acts = list(greedy.ACTS.items())
        while tally.goes_on(terms) and stage.pipeline.returncode is None:
            name, act = acts[tally.tries % len(acts)]
            tally.tries += 1
            began_s = time.time()
            with ExitStack() as greed:
                act(stage.targets, terms.random, greed)
                _watch(stage, tally, name, before_mb)
            pause_s = _longest_pause_s(maps_file, began_s)
            tally.wait(pause_s, f"{name}: no map for an honest reader", patience_s=terms.patience_s)
            waited_s = _new_reader_waits_s(stage.targets.depth)
            tally.wait(waited_s, f"{name}: no map for a new reader", patience_s=terms.patience_s)
        ended_early = stage.pipeline.returncode
        if ended_early is not None:
            tally.end_wrongly(f"the program ended with {ended_early}: {stage.pipeline.lines[-1][:200]}")
        tally.wait(stage.pipeline.stop(), "the end after all clients", patience_s=terms.patience_s)
    if stage.pipeline.tracebacks:
        tally.crash("log of the program", stage.pipeline.text)


def _open(terms: Terms, stack: ExitStack) -> _Stage:
    any_port = [
        word for name in ("depth", "sigma", "aif") for word in (f"--publish.{name}", "tcp://127.0.0.1:*")
    ]
    recording = ["--record", str(terms.folder / "a.mcap")]
    arguments = [*CAMERA[1:], *any_port, "--web", "0", "--metrics", "0", *recording]
    pipeline = stack.enter_context(RunningPipeline(arguments, limits={resource.RLIMIT_NOFILE: _DESCRIPTORS}))
    pipeline.wait_for("sweep 0: ")
    targets = greedy.Targets(
        depth=pipeline.address("depth"), page=pipeline.address("page"), metrics=pipeline.address("metrics")
    )
    return _Stage(pipeline=pipeline, targets=targets, process=pipeline.process)


def _wait_for_maps(maps_file: Path) -> None:
    """Wait until the honest reader has read for a while: memory has settled then, too."""
    while not maps_file.exists() or sum(1 for _ in read_maps(maps_file)) < _SETTLED_MAPS:
        time.sleep(0.2)


def _watch(stage: _Stage, tally: Tally, name: str, before_mb: float) -> None:
    """Let an act last for a while, and note how the memory grows."""
    until_s = time.monotonic() + _ACT_S
    while time.monotonic() < until_s and stage.pipeline.returncode is None:
        time.sleep(0.25)
        grown_mb = _rss_mb(stage) - before_mb
        if grown_mb > tally.growth_mb + 20.0:
            tally.notes.append(f"memory: {name}: {grown_mb:+.0f} MB")
        tally.grow(grown_mb)


def _longest_pause_s(maps_file: Path, began_s: float) -> float:
    """Return how long the honest reader had to wait for a map since then."""
    times_s = [read.at_s for read in read_maps(maps_file) if read.at_s > began_s]
    return max(later - earlier for earlier, later in itertools.pairwise([began_s, *times_s, time.time()]))


def _new_reader_waits_s(endpoint: str) -> float:
    """Return how long a reader that comes now waits for its first map."""
    started_s = time.monotonic()
    with DepthStream(endpoint, timeout_s=_NEW_READER_S) as stream, contextlib.suppress(StreamTimeoutError):
        stream.read()
    return time.monotonic() - started_s


def _rss_mb(stage: _Stage) -> float:
    with contextlib.suppress(psutil.NoSuchProcess):
        return float(stage.process.memory_info().rss) / 1e6
    return 0.0
