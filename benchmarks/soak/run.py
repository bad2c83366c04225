"""The run itself: the program, its reader and its viewer, watched while faults happen."""

import itertools
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from benchmarks.shared.running_pipeline import ROOT, RunningPipeline
from benchmarks.soak.faults import Fault, Faults
from benchmarks.soak.watch import Sample, read_metrics, take_sample

_SAMPLE_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How long to run, and what."""

    minutes: float = 60.0
    """Length of the run."""
    model: str = "sharpness"
    """As of run_pipeline.py."""
    width_px: int = 320
    """Width of the images."""
    height_px: int = 240
    """Height of the images."""
    rate_hz: float = 30.0
    """Images a second."""
    period_s: float = 60.0
    """Time from fault to fault."""
    fault_s: float = 6.0
    """How long a fault lasts."""
    warm_up_s: float = 60.0
    """Time before the first that is measured."""
    window_s: float = 120.0
    """Length of the start and of the end that are compared."""
    cti: Path = Path("capture/simulator/gentl/focussim.cti")
    """The simulated camera (make producer)."""
    folder: Path | None = None
    """Where to record. Default: the folder for temporary files."""
    also: str = ""
    """More options of run_pipeline.py, in one text: --also="--record.depth"."""


@dataclass(slots=True)
class Watched:
    """What was seen of the run.

    Attributes
    ----------
    samples
        Taken every few seconds.
    faults
        Those that happened.
    counters
        The program's metrics at the end.
    end_s
        From the signal until the program had ended.
    """

    samples: list[Sample] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    counters: dict[str, float] = field(default_factory=dict)
    end_s: float = 0.0


def run(settings: Settings, folder: Path) -> tuple[RunningPipeline, Watched]:
    """Run with everything in `folder`: the recording, and maps.txt of the reader."""
    bench, watched = folder / "bench.txt", Watched()
    bench.write_text("\n", "ascii")
    environment = {"FOCUSSIM_FILE": str(bench)}
    with RunningPipeline(_arguments(settings, folder), environment=environment) as pipeline:
        pipeline.wait_for(r"sweep 0: ")
        metrics = pipeline.address("metrics")
        with (
            process_of("reader", pipeline.address("depth"), str(folder / "maps.txt")) as reader,
            process_of("viewer", pipeline.address("page")) as viewer,
        ):
            time.sleep(settings.warm_up_s)
            faults = Faults(bench=bench, reader=reader, viewer=viewer)
            _watch(settings, pipeline, faults, watched)
            watched.counters = read_metrics(metrics)
            watched.end_s = pipeline.stop()
    return pipeline, watched


def _watch(settings: Settings, pipeline: RunningPipeline, faults: Faults, watched: Watched) -> None:
    """Sample every few seconds, and cause a fault every period, until the time is over."""
    metrics = pipeline.address("metrics")

    def wait(seconds: float) -> None:
        until_s = time.time() + seconds
        while (left_s := until_s - time.time()) > 0:
            time.sleep(min(left_s, _SAMPLE_S))
            slices = int(read_metrics(metrics)["focstream_slices"])
            watched.samples.append(take_sample(pipeline.process, at_s=time.time(), slices=slices))

    until_s = time.time() + settings.minutes * 60
    for number in itertools.count():
        wait(min(settings.period_s - settings.fault_s, until_s - time.time()))
        if time.time() + settings.period_s > until_s:  # the end is compared without a fault just before it
            break
        watched.faults.append(faults.cause(number, wait=wait, length_s=settings.fault_s))
        print(_progress(watched), flush=True)
    wait(max(until_s - time.time(), 0.0))


def _progress(watched: Watched) -> str:
    sample = watched.samples[-1]
    return (
        f"after {sample.at_s - watched.samples[0].at_s:5.0f} s and {sample.slices} slices: "
        f"{sample.rss_bytes / 1e6:.1f} MB, {sample.descriptors} descriptors, {sample.threads} threads; "
        f"{watched.faults[-1].name}"
    )


def _arguments(settings: Settings, folder: Path) -> list[str]:
    camera = ["--camera", "genicam", "--cti", str(settings.cti), "--genicam.timing", "free"]
    camera += ["--genicam.width-px", str(settings.width_px), "--genicam.height-px", str(settings.height_px)]
    camera += ["--genicam.frame-rate-hz", str(settings.rate_hz), "--sweep.pace", "camera"]
    publish = ["--publish.depth", "tcp://127.0.0.1:*", "--publish.sigma", "None", "--publish.aif", "None"]
    looked_at = ["--web", "0", "--metrics", "0", "--record", str(folder / "soak.mcap")]
    return [*camera, "--model", settings.model, *publish, *looked_at, *shlex.split(settings.also)]


@contextmanager
def process_of(module: str, *arguments: str) -> Iterator[psutil.Process]:
    """Run the reader or the viewer until the block is left."""
    command = [sys.executable, "-m", f"benchmarks.soak.{module}", *arguments]
    with subprocess.Popen(command, cwd=ROOT) as process:
        try:
            yield psutil.Process(process.pid)
        finally:
            process.terminate()
