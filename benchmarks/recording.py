"""What recording costs and loses at full rate, and how near a replay comes to the engine alone.

    python -m benchmarks.recording --folder DIR

1. Slices of 1280 × 1024 px, grey, 8 bits, come at 120 a second from a paced source that never waits, into
   the real acquisition loop and the real recorder, while the model computes depth at the rate it can
   ("latest" policy). Printed: slices offered, recorded, and lost on the way to the disk; maps; the cost of
   handing a slice to the recorder.
2. A recording of 500 slices is replayed by what `run_pipeline.py --replay FILE --rate 0` runs. It pauses
   after every few sweeps, and as many slices go from memory through the model alone: encode, update, decode,
   nothing else. So both see the same machine, however busy that is. Printed: both rates side by side, once
   with every map made, and once with final maps only, as `--replay DIR` does.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import numpy as np
import tyro

from benchmarks.pipeline import SCALE, make_tag
from benchmarks.shared.measure import percentiles
from benchmarks.shared.piped import piped
from capture.acquisition import Acquisition
from capture.recording.config import RecordConfig
from capture.recording.file_writer import FileWriter
from capture.recording.open_recorder import open_recorder
from capture.recording.origin import Origin
from capture.recording.reader import RecordingReader
from capture.recording.recorder import Recorder
from capture.simulator.scripted_source import ScriptedSource
from engines.choice.choose import make_model
from focstream.pipeline import Pipeline
from focstream.program.device import device
from focstream.program.interrupt import Interrupt
from focstream.program.memory import keep_freed_memory
from focstream.protocols import Sink
from focstream.types import DepthUpdate, FocalSlice
from inference.config import InferenceConfig
from inference.depth_model import DepthModel
from inference.policies import make_estimator
from publish.wire.config import PublishConfig
from run_pipeline import Options, run

SLOTS = 10


class Settings(InferenceConfig):
    """What to measure; the options of the model are those of run_pipeline.py."""

    folder: Path | None = None
    """Folder on the disk to be measured. Default: the one for temporary files."""
    rate_hz: float = 120.0
    """Frames a second of the source."""
    width_px: int = 1280
    """Width of the images that are recorded."""
    height_px: int = 1024
    """Height of the images that are recorded."""
    slices: int = 2400
    """Slices recorded in the first part."""
    warm_up: int = 240
    """Slices before those that are measured in the first part."""
    rotate_gib: float | None = None
    """Begin a new file in the first part when one would hold more than so many GiB."""
    replay_slices: int = 500
    """Slices replayed in the second part."""
    segment: int = 50
    """Slices between two pauses of the replay; the first segment is its warm-up."""
    part: Literal["both", "recording", "replay"] = "both"
    """Which part to measure."""
    replay_width_px: int = 640
    """Width of the images that are replayed."""
    replay_height_px: int = 480
    """Height of the images that are replayed."""


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


@dataclass(slots=True)
class Pacer:
    """Yields slices at their times, whether or not the one before was late: a camera does not wait."""

    rate_hz: float
    worst_lateness_ms: float = 0.0
    took_s: float = 0.0

    def pace(self, slices: Iterator[FocalSlice]) -> Iterator[FocalSlice]:
        """See the class."""
        started_s = time.monotonic()
        for number, focal_slice in enumerate(slices):
            early_s = started_s + number / self.rate_hz - time.monotonic()
            time.sleep(max(early_s, 0.0))
            self.worst_lateness_ms = max(self.worst_lateness_ms, -early_s * 1e3)
            yield focal_slice
        self.took_s = time.monotonic() - started_s


def measure_recording(settings: Settings, folder: Path) -> None:
    """Record at full rate beside the model."""
    model = make_model(settings)
    count = settings.warm_up + settings.slices
    slices = make_slices(count, width_px=settings.width_px, height_px=settings.height_px)
    pacer = Pacer(settings.rate_hz)
    source = ScriptedSource(pacer.pace(slices), free_running=True)
    path = folder / ("recording.mcap" if settings.rotate_gib is None else "recording")
    config, sink = RecordConfig(file=path, rotate_gib=settings.rotate_gib), MapCount()
    model.initial_state(
        (settings.height_px, settings.width_px)
    )  # what it prepares for this size is not measured
    with (
        open_recorder(config, path, source=source) as recorder,
        Acquisition(source, tap=(tap := Clocked(recorder))) as acquisition,
        Pipeline(make_estimator(model, settings), [sink]) as pipeline,
    ):
        started_s = time.monotonic()
        pipeline.run(acquisition, behind=acquisition.behind)
        took_s = time.monotonic() - started_s
        counts = acquisition.counts
    reader = RecordingReader(path)
    recorded = sum(1 for _ in reader.slices())
    size_bytes = sum(file.stat().st_size for file in reader.files)
    print(
        f"recording {settings.width_px} × {settings.height_px} grey 8 bit; {model.name} on {model.engine}; "
        f"warm-up {settings.warm_up}, n {settings.slices}\n"
        f"offered {count} in {pacer.took_s:.1f} s ({count / pacer.took_s:.1f}/s, asked "
        f"{settings.rate_hz:g}/s; at most {pacer.worst_lateness_ms:.0f} ms late), recorded {recorded}, lost "
        f"on the way to the disk {recorder.slices_lost} (the file says {reader.slices_not_recorded}), "
        f"{len(reader.files)} file(s) of {size_bytes / 2**20:.0f} MiB, "
        f"whole: {reader.fault is None and not reader.doubts}\n"
        f"meanwhile {sink.maps} maps ({sink.maps / took_s:.1f}/s); "
        f"{counts.dropped} slices dropped before depth\n"
        f"handing a slice to the recorder: {percentiles(tap.costs_ms[settings.warm_up :])} ms"
    )
    for file in reader.files:
        file.unlink()


class Turns:
    """A sink that lets the model alone compute as many slices as were replayed, again and again.

    Parameters
    ----------
    compute
        Computes so many slices.
    segment
        Slices to replay before each turn of the other.
    """

    def __init__(self, compute: Callable[[int], None], *, segment: int) -> None:
        self._compute = compute
        self._segment = segment
        self._slices = 0
        self._since_s = time.monotonic()
        self.replay_hz: list[float] = []
        self.alone_hz: list[float] = []

    def write(self, update: DepthUpdate) -> None:
        """Count the slices of a finished sweep; see the class."""
        self._slices += update.slices_seen if update.final else 0
        if self._slices < self._segment:
            return
        paused_s = time.monotonic()
        self._compute(self._slices)
        resumed_s = time.monotonic()
        self.replay_hz.append(self._slices / (paused_s - self._since_s))
        self.alone_hz.append(self._slices / (resumed_s - paused_s))
        self._slices, self._since_s = 0, time.monotonic()

    def close(self) -> None:
        """Nothing to free."""

    def report(self) -> str:
        """Both rates but for the warm-up, and the second as a share of the first."""
        if len(self.replay_hz) < 2:
            return "ended before there was anything to report"
        alone, replayed = (1.0 / np.array(rates[1:]) for rates in (self.alone_hz, self.replay_hz))
        shares = alone / replayed
        return (
            f"engine alone {1.0 / alone.mean():.1f} slices/s | replay {1.0 / replayed.mean():.1f} slices/s | "
            f"{alone.mean() / replayed.mean():.0%}; of {len(shares)} segments p50 {np.median(shares):.0%}, "
            f"least {shares.min():.0%}, most {shares.max():.0%}"
        )


def measure_replay(settings: Settings, folder: Path) -> None:
    """Replay a recording, and put the same slices from memory through the model alone."""
    size = {"width_px": settings.replay_width_px, "height_px": settings.replay_height_px}
    model = make_model(settings)
    path = folder / "replay.mcap"
    with FileWriter(path, origin=Origin(device="benchmark")) as writer:
        for focal_slice in make_slices(settings.replay_slices, **size):
            writer.write_slice(focal_slice)
    print(
        f"replay of {settings.replay_slices} slices, {size['width_px']} × {size['height_px']}, at rate 0, "
        f"batch {settings.batch}; {model.name} on {model.engine}; in turns of {settings.segment} slices, one "
        "each as warm-up"
    )
    in_memory = list(make_slices(2 * SLOTS, **size))
    for name, maps_per_sweep in (("every map", None), ("final maps only", 1)):
        turns = Turns(lambda count: compute_alone(model, in_memory, count), segment=settings.segment)
        replay(settings, path, turns, maps_per_sweep=maps_per_sweep)
        print(f"{name}: {turns.report()}")


def compute_alone(model: DepthModel[Any, Any], slices: Sequence[FocalSlice], count: int) -> None:
    """Make `count` maps of slices in memory, one after the other."""
    state = None
    for number in range(count):
        focal_slice = slices[number % len(slices)]
        if state is None or focal_slice.tag.slot == 0:
            state = model.initial_state(focal_slice.image.shape)
        features = model.encode(focal_slice.image, focal_slice.tag.sweep_coordinate)
        state = model.update(features, state)
        model.decode(state)


def replay(settings: Settings, path: Path, sink: Sink, *, maps_per_sweep: int | None) -> None:
    """Replay as run_pipeline.py does it, but for the publisher."""
    chosen = {name: getattr(settings, name) for name in InferenceConfig.model_fields}
    chosen["maps_per_sweep"] = maps_per_sweep
    options = Options(replay=path, publish=PublishConfig(enabled=False), **chosen)
    with Interrupt() as interrupt:
        run(options, interrupt, also=[sink])


def main(settings: Settings) -> None:
    """Measure and print."""
    keep_freed_memory()  # as run_pipeline.py does
    print(f"device: {device()}; clock: monotonic")
    with TemporaryDirectory(dir=settings.folder) as folder:
        if settings.part != "replay":
            measure_recording(settings, Path(folder))
        if settings.part != "recording":
            measure_replay(settings, Path(folder))


if __name__ == "__main__":
    with piped():
        main(tyro.cli(Settings))
