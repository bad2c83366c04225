"""What recording costs and loses at full rate, and how near a replay comes to the engine alone.

    python -m benchmarks.recording --folder DIR

1. Slices of 1280 × 1024 px, grey, 8 bits, come at 120 a second from a paced source that never waits, into
   the real acquisition loop and the real recorder, while the model computes depth at the rate it can
   ("latest" policy). Printed: slices offered, recorded, and lost on the way to the disk; maps; the cost of
   handing a slice to the recorder.
2. A recording of 500 slices is replayed at rate 0, and the same slices are pushed from memory into the same
   estimator in the same way. Printed: both rates side by side.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import tyro

from benchmarks.measure import device, percentiles
from benchmarks.pipeline import SCALE, make_tag
from capture.acquisition import Acquisition
from capture.recording.file_writer import FileWriter
from capture.recording.origin import Origin
from capture.recording.reader import RecordingReader
from capture.recording.recorder import Recorder
from capture.recording.replay import Replay
from capture.simulator.scripted_source import ScriptedSource
from engines.choose import make_model
from focstream import DepthUpdate, FocalSlice
from focstream.memory import keep_freed_memory
from focstream.pipeline import Pipeline
from inference.build import make_estimator
from inference.config import InferenceConfig

SLOTS = 10


class Settings(InferenceConfig):
    """What to measure; the options of the model are those of run_pipeline.py."""

    folder: Path | None = None
    """On the disk to be measured. Default: the one for temporary files."""
    rate_hz: float = 120.0
    """Of the source."""
    width_px: int = 1280
    """Of the images that are recorded."""
    height_px: int = 1024
    """Of the images that are recorded."""
    slices: int = 2400
    """Recorded, in the first part."""
    warm_up: int = 240
    """Slices before those that are measured, in the first part."""
    replay_slices: int = 500
    """Replayed, in the second part."""
    replay_width_px: int = 640
    """Of the images that are replayed."""
    replay_height_px: int = 480
    """Of the images that are replayed."""


@dataclass(slots=True)
class Clocked:
    """A tap that notes how long the recorder keeps the reading thread."""

    recorder: Recorder
    costs_ms: list[float] = field(default_factory=list)

    def take(self, focal_slice: FocalSlice) -> None:
        """Hand on and note."""
        started_ns = time.perf_counter_ns()
        self.recorder.take(focal_slice)
        self.costs_ms.append((time.perf_counter_ns() - started_ns) / 1e6)

    def dropped(self, focal_slice: FocalSlice) -> None:
        """Hand on."""
        self.recorder.dropped(focal_slice)


@dataclass(slots=True)
class MapCount:
    """A sink that counts."""

    maps: int = 0

    def write(self, update: DepthUpdate) -> None:  # noqa: ARG002 - only that it came counts
        """Count one."""
        self.maps += 1

    def close(self) -> None:
        """Nothing to free."""


def make_slices(count: int, *, width_px: int, height_px: int) -> Iterator[FocalSlice]:
    """Noise, which does not compress, each a copy as a driver makes it."""
    random = np.random.default_rng(0)
    buffers = random.integers(0, 255, (SLOTS, height_px, width_px), np.uint8)
    for number in range(count):
        tag = make_tag(number, slots=SLOTS)
        yield FocalSlice(image=buffers[number % SLOTS].copy(), tag=tag, scale=SCALE)


def paced(slices: Iterator[FocalSlice], *, rate_hz: float) -> Iterator[FocalSlice]:
    """Yield slices at their times, whether or not the one before was late: a camera does not wait."""
    started_s = time.monotonic()
    for number, focal_slice in enumerate(slices):
        time.sleep(max(started_s + number / rate_hz - time.monotonic(), 0.0))
        yield focal_slice


def measure_recording(settings: Settings, folder: Path) -> None:
    """Record at full rate beside the model."""
    model = make_model(settings)
    count = settings.warm_up + settings.slices
    slices = make_slices(count, width_px=settings.width_px, height_px=settings.height_px)
    source = ScriptedSource(paced(slices, rate_hz=settings.rate_hz), free_running=True)
    path = folder / "recording.mcap"
    sink = MapCount()
    model.initial_state(
        (settings.height_px, settings.width_px)
    )  # what it prepares for this size is not measured
    with (
        Recorder(FileWriter(path, origin=Origin(device="benchmark")), when_full="drop") as recorder,
        Acquisition(source, tap=(tap := Clocked(recorder))) as acquisition,
        Pipeline(make_estimator(model, settings), [sink]) as pipeline,
    ):
        started_s = time.monotonic()
        pipeline.run(acquisition, behind=acquisition.behind)
        took_s = time.monotonic() - started_s
        counts = acquisition.counts
    reader = RecordingReader(path)
    recorded = sum(1 for _ in reader.slices())
    print(
        f"recording {settings.width_px} × {settings.height_px} grey 8 bit; {model.name} on {model.engine}; "
        f"warm-up {settings.warm_up}, n {settings.slices}\n"
        f"offered {count} in {took_s:.1f} s ({count / took_s:.1f}/s, asked {settings.rate_hz:g}/s), recorded "
        f"{recorded}, lost on the way to the disk {recorder.slices_lost} (the file says "
        f"{reader.slices_not_recorded}), "
        f"file {path.stat().st_size / 2**20:.0f} MiB, whole: {reader.fault is None}\n"
        f"meanwhile {sink.maps} maps ({sink.maps / took_s:.1f}/s); "
        f"{counts.dropped} slices dropped before depth\n"
        f"handing a slice to the recorder: {percentiles(tap.costs_ms[settings.warm_up :])} ms"
    )
    path.unlink()


def measure_replay(settings: Settings, folder: Path) -> None:
    """Replay a recording, and push the same slices from memory."""
    model = make_model(settings)
    path = folder / "replay.mcap"
    size = {"width_px": settings.replay_width_px, "height_px": settings.replay_height_px}
    with FileWriter(path, origin=Origin(device="benchmark")) as writer:
        for focal_slice in make_slices(settings.replay_slices, **size):
            writer.write_slice(focal_slice)
    model.initial_state((settings.replay_height_px, settings.replay_width_px))
    print(
        f"replay of {settings.replay_slices} slices, {size['width_px']} × {size['height_px']}, at rate 0; "
        f"{model.name} on {model.engine}; rounds alternate, one round of each as warm-up"
    )
    in_memory = list(make_slices(2 * SLOTS, **size))
    rates: dict[str, list[float]] = {"engine": [], "replay": []}
    for _ in range(4):
        estimator = make_estimator(model, settings)
        started_s = time.monotonic()
        with Pipeline(estimator, []) as pipeline:
            pipeline.run(in_memory[n % len(in_memory)] for n in range(settings.replay_slices))
        rates["engine"].append(settings.replay_slices / (time.monotonic() - started_s))
        started_s = time.monotonic()
        with (
            Acquisition(Replay(path)) as acquisition,
            Pipeline(make_estimator(model, settings), []) as pipeline,
        ):
            pipeline.run(acquisition)
        rates["replay"].append(settings.replay_slices / (time.monotonic() - started_s))
    engine, replay = (float(np.median(rates[name][1:])) for name in ("engine", "replay"))
    print(f"engine alone {engine:.1f} slices/s | replay {replay:.1f} slices/s | {replay / engine:.0%}")


def main(settings: Settings) -> None:
    """Measure and print."""
    keep_freed_memory()  # as run_pipeline.py does
    print(f"device: {device()}; clock: monotonic")
    with TemporaryDirectory(dir=settings.folder) as folder:
        measure_recording(settings, Path(folder))
        measure_replay(settings, Path(folder))


if __name__ == "__main__":
    main(tyro.cli(Settings))
