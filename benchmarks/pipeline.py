"""Cost of a slice for everything but the estimator: capture, queue and publishing, with a reader attached.

A scripted source paces grey slices into the real acquisition loop, the real main loop and the real
publisher; another process reads the depth stream, or the depth, sigma and all-in-focus streams. The
estimator in between only hands out a map made beforehand. The cost of a slice is the time from its delivery
by the source until all sinks are done with it. The age is the time from then until the reader has the map, or
all three of them: the publisher packs and sends in a thread of its own.

    python -m benchmarks.pipeline
"""

import multiprocessing
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from typing import Self

import numpy as np
import psutil
import tyro

from benchmarks.shared.measure import percentiles
from benchmarks.shared.piped import piped
from capture.acquisition import Acquisition
from capture.simulator.scripted_source import ScriptedSource
from focstream.clock import now_ns
from focstream.pipeline import Pipeline
from focstream.program.device import device
from focstream.program.memory import keep_freed_memory
from focstream.types import DepthUpdate, FocalSlice, FocusScale, SliceTag
from publish.wire.config import PublishConfig
from publish.wire.depth_stream import DepthStream
from publish.wire.encodings import Topic
from publish.wire.errors import StreamTimeoutError
from publish.wire.publisher import ZmqPublisher

SCALE = FocusScale(far_dpt=0.5, near_dpt=4.5)
ANY_PORT = "tcp://127.0.0.1:*"
STREAMS: dict[str, tuple[Topic, ...]] = {"depth": ("depth",), "all three": ("depth", "sigma", "aif")}
"""Which streams are read, by the name in the table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How long to measure.

    Attributes
    ----------
    slices, warm_up
        Slices measured and left out before, per row.
    rate_hz
        Pace of the source while costs are measured.
    endurance
        Slices of the memory run, as fast as they go.
    """

    slices: int = 2000
    warm_up: int = 300
    rate_hz: float = 120.0
    endurance: int = 10_000
    width_px: int = 640
    height_px: int = 480


@dataclass(slots=True)
class CostSink:
    """Notes, as the last sink, how long each slice took since its delivery."""

    costs_ms: list[float] = field(default_factory=list)
    ages_ms: list[float] = field(default_factory=list)
    rss_mib: list[float] = field(default_factory=list)

    def write(self, update: DepthUpdate) -> None:
        """Note one slice."""
        self.costs_ms.append((now_ns() - update.tag.exposure_mid_ns) / 1e6)
        if len(self.costs_ms) % 500 == 0:
            self.rss_mib.append(psutil.Process().memory_info().rss / 2**20)

    def close(self) -> None:
        """Nothing to free."""


class ReadyMadeEstimator:
    """Answers every slice with the same map under the slice's own tag."""

    def __init__(self, settings: Settings) -> None:
        shape = (settings.height_px, settings.width_px)
        random = np.random.default_rng(0)
        self._update = DepthUpdate(
            coordinate=random.random(shape, np.float32),
            coordinate_sigma=np.full(shape, 0.01, np.float32),
            all_in_focus=random.integers(0, 255, shape, np.uint8),
            tag=make_tag(0, slots=4),
            slices_seen=0,
            final=False,
            scale=SCALE,
            intrinsics=None,
            model="ready-made",
            engine="numpy",
        )

    def push(self, focal_slice: FocalSlice, *, show: bool = True) -> DepthUpdate:  # noqa: ARG002
        """Return the map."""
        tag = focal_slice.tag
        return replace(self._update, tag=tag, slices_seen=tag.slot + 1, final=tag.last_in_sweep)

    def finish(self) -> None:
        """Nothing to finish."""

    def close(self) -> None:
        """Nothing to free."""


def make_tag(count: int, *, slots: int) -> SliceTag:
    """Return the tag of slice `count` of endless sweeps, exposed now."""
    sweep_id, slot = divmod(count, slots)
    coordinate = slot / (slots - 1)
    return SliceTag(
        sweep_id=sweep_id,
        slot=slot,
        frame_id=count,
        sweep_coordinate=coordinate,
        focus_dpt=SCALE.to_dpt(coordinate),
        focus_dpt_commanded=SCALE.to_dpt(coordinate),
        exposure_mid_ns=now_ns(),
        clock="host",
        last_in_sweep=slot == slots - 1,
    )


def make_slices(settings: Settings, *, slots: int, count: int) -> Iterator[FocalSlice]:
    """Yield slices as a driver would: each a copy of a buffer that the camera owns."""
    shape = (settings.height_px, settings.width_px)
    buffers = np.random.default_rng(1).integers(0, 255, (8, *shape), np.uint8)
    for number in range(count):
        yield FocalSlice(image=buffers[number % 8].copy(), tag=make_tag(number, slots=slots), scale=SCALE)


def run(settings: Settings, *, slots: int, count: int, rate_hz: float, topics: tuple[Topic, ...]) -> CostSink:
    """Run `count` slices through everything and return what they cost."""
    sink = CostSink()
    source = ScriptedSource(
        make_slices(settings, slots=slots, count=count), period_s=1 / rate_hz if rate_hz else 0.0
    )
    with (
        ZmqPublisher(PublishConfig(depth=ANY_PORT, sigma=ANY_PORT, aif=ANY_PORT)) as publisher,
        Readers({topic: publisher.endpoints[topic] for topic in topics}) as readers,
        Acquisition(source) as acquisition,
        Pipeline(ReadyMadeEstimator(settings), [publisher, sink]) as pipeline,
    ):
        pipeline.run(acquisition)
        sink.ages_ms = readers.ages_ms()
    return sink


class Readers:
    """One process that reads these streams until it is left."""

    def __init__(self, endpoints: dict[Topic, str]) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._ready, self._end = spawn.Event(), spawn.Event()
        self._ages, theirs = spawn.Pipe(duplex=False)
        self._process = spawn.Process(
            target=read_streams, args=(endpoints, self._ready, self._end, theirs), daemon=True
        )

    def __enter__(self) -> Self:
        self._process.start()
        self._ready.wait(timeout=30)
        return self

    def ages_ms(self) -> list[float]:
        """End the reading, and return how old every map was when the last of its streams was read."""
        self._end.set()
        ages_ms: list[float] = self._ages.recv()
        return ages_ms

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.join()


def read_streams(
    endpoints: dict[Topic, str], ready: Event, end: Event, ages: "Connection[list[float], None]"
) -> None:
    """Read every stream in turn, until the end."""
    streams = [DepthStream(endpoint, topic=topic, timeout_s=0.5) for topic, endpoint in endpoints.items()]
    ready.set()
    ages_ms = []
    while not end.is_set():
        with suppress(StreamTimeoutError):
            maps = [stream.read() for stream in streams]
            ages_ms.append(maps[-1].age_s() * 1e3)
    ages.send(ages_ms)


def main(settings: Settings) -> None:
    """Measure and print."""
    keep_freed_memory()  # as run_pipeline.py does
    print(f"device: {device()}")
    print(
        f"{settings.width_px} × {settings.height_px} grey, paced at {settings.rate_hz:g} slices/s; "
        f"warm-up {settings.warm_up}, n {settings.slices} a row"
    )
    for name, topics in STREAMS.items():
        print_costs(settings, name=name, topics=topics)
    print_endurance(settings)


def print_costs(settings: Settings, *, name: str, topics: tuple[Topic, ...]) -> None:
    """Cost of a slice in short and in long sweeps, in alternating rows: the machine may be noisy."""
    medians: dict[int, list[float]] = {4: [], 64: []}
    count = settings.warm_up + settings.slices
    for _ in range(3):
        for slots, seen in medians.items():
            sink = run(settings, slots=slots, count=count, rate_hz=settings.rate_hz, topics=topics)
            costs_ms = sink.costs_ms[settings.warm_up :]
            seen.append(float(np.median(costs_ms)))
            print(f"{name} read, {slots:2d} slots: {percentiles(costs_ms)} ms a slice; ", end="")
            print(f"age at the reader {percentiles(sink.ages_ms[settings.warm_up :])} ms", flush=True)
    ratio = np.median(medians[64]) / np.median(medians[4])
    print(f"{name} read: 64 slots cost {ratio:.2f} times what 4 slots cost (medians of the rows)")


def print_endurance(settings: Settings) -> None:
    """Memory over a long run, as fast as it goes."""
    sink = run(settings, slots=10, count=settings.endurance, rate_hz=0, topics=STREAMS["all three"])
    steps = ", ".join(f"{mib:.0f}" for mib in sink.rss_mib[:: max(len(sink.rss_mib) // 10, 1)])
    print(f"memory over {settings.endurance} slices, unpaced, all three read: {steps} MiB resident")


if __name__ == "__main__":
    with piped():
        main(tyro.cli(Settings))
