"""How fast every engine is, side by side in one run."""

import importlib.util
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, cast

import numpy as np
from pydantic import Field
from tqdm import tqdm

from engines.base import EachEncoder, LayerTime, OnDevice, Runner
from engines.image_size import parse_size
from engines.precisions import CpuPrecision
from engines.runners import RunnerInputs, matching, open_usable
from engines.trials.bench_table import Cost, Timing, layer_table, timing_table
from engines.trials.live import bench_live
from engines.trials.settings import TrialSettings
from engines.trials.stacks import TrialStack, simulated_stack
from focstream.program.numbers import Count, NumberFromZero

_ROUND = 10
_SETTLING = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchSettings(TrialSettings):
    """What to measure.

    Attributes
    ----------
    size
        WIDTHxHEIGHT of images in pixels; one or several.
    slices
        Measured for every engine and size, after the warm-up.
    warm_up
        Slices before, not counted.
    batch
        Images encoded at once, for the throughput.
    layers
        Also table so many of the costliest layers of OpenVINO, measured in a run of their own.
    live
        Measure what ``focstream run`` takes instead: models and scales, from a slice to its map.
    """

    size: tuple[str, ...] = ("256x256", "640x480")
    slices: Count = 100
    warm_up: NumberFromZero = 20
    batch: Annotated[int, Field(ge=1, le=256)] = 8
    layers: NumberFromZero = 0
    live: bool = False


def bench(settings: BenchSettings) -> None:
    """Measure and print tables."""
    if settings.live:
        bench_live(settings, sizes=settings.size, slices=settings.slices, warm_up=settings.warm_up)
        return
    sizes = [parse_size(size) for size in settings.size]
    inputs = matching(
        settings.graphs, settings.weights, threads=settings.threads, device=settings.device or 0
    )
    for size_px in sizes:
        stack = simulated_stack(0, height_px=size_px[0], width_px=size_px[1])
        runners, reasons = open_usable(settings.engines, inputs)
        timings = _time_all(runners, stack, settings)
        cost = _cost(inputs, size_px)
        sys.stdout.write(timing_table(timings, size_px=size_px, cost=cost, reasons=reasons))
        if settings.layers:
            for name in runners:
                engine, _, precision = name.partition(" ")
                if engine == "openvino":
                    times = _layer_times(inputs, stack, precision)
                    sys.stdout.write(layer_table(name, times, count=settings.layers))


def _time_all(
    runners: Mapping[str, Runner[Any, Any]], stack: TrialStack, settings: BenchSettings
) -> list[Timing]:
    """Take turns in short rounds, so that whatever else the machine does meets all engines alike."""
    streams: dict[str, _Stream] = {}
    gained: dict[str, tuple[int, int]] = {}
    for name, runner in runners.items():
        before = _taken_bytes(runner)
        streams[name] = _Stream(runner, stack)
        for _ in range(settings.warm_up):
            streams[name].step()
        after = _taken_bytes(runner)
        gained[name] = max(0, after[0] - before[0]), max(0, after[1] - before[1])
    seconds: dict[str, list[float]] = {name: [] for name in runners}
    for _ in tqdm(range(-(-settings.slices // _ROUND)), unit="round", disable=None):
        for name, stream in streams.items():
            for _ in range(_SETTLING):  # threads of the engine before may still spin
                stream.step()
            seconds[name] += [stream.step() for _ in range(_ROUND)]
    return [
        Timing(
            engine=name,
            milliseconds=tuple(1e3 * s for s in seconds[name]),
            batched_milliseconds=_batched_milliseconds(runner, stack, settings),
            gained_bytes=gained[name][0],
            gained_device_bytes=gained[name][1],
            on_gpu=isinstance(runner, OnDevice) or "cuda" in name,
        )
        for name, runner in runners.items()
    ]


class _Stream:
    """One runner at work on a sweep without end."""

    def __init__(self, runner: Runner[Any, Any], stack: TrialStack) -> None:
        self._runner = runner
        self._stack = stack
        _, height_px, width_px, _ = stack.images.shape
        self._state = runner.initial_state((1, height_px, width_px))
        self._count = 0

    def step(self) -> float:
        """Take one slice to its maps, and return the seconds that this took."""
        here = slice(self._count % len(self._stack.images), self._count % len(self._stack.images) + 1)
        self._count += 1
        start = time.perf_counter()
        self._state, _ = self._runner.step(
            self._stack.images[here], self._stack.coordinates[here], self._state
        )
        return time.perf_counter() - start


def _batched_milliseconds(
    runner: Runner[Any, Any], stack: TrialStack, settings: BenchSettings
) -> tuple[float, ...]:
    """Return the time that one image takes to encode among others, for several batches.

    Nothing for a runner that gives no batches: replays encode one by one then.
    """
    if not isinstance(runner, EachEncoder):
        return ()
    chosen = np.arange(settings.batch) % len(stack.images)
    images, coordinates = stack.images[chosen], stack.coordinates[chosen]
    times = []
    for _ in range(_SETTLING + max(3, settings.slices // settings.batch)):
        start = time.perf_counter()
        runner.encode(images, coordinates)
        if isinstance(runner, OnDevice):
            runner.synchronise()  # else it would be timed how quickly work is queued
        times.append(1e3 * (time.perf_counter() - start) / settings.batch)
    return tuple(times[_SETTLING:])


def _taken_bytes(runner: Runner[Any, Any]) -> tuple[int, int]:
    """Return the memory of this process, and what is taken of the device's, counted from wherever."""
    return _resident_bytes(), -runner.free_bytes if isinstance(runner, OnDevice) else 0


def _resident_bytes() -> int:
    """Return the memory of this process; 0 where the system does not report it."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return 0
    (kibibytes,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:"))
    return 1024 * int(kibibytes)


def _cost(inputs: RunnerInputs, size_px: tuple[int, int]) -> Cost | None:
    """Return what the network costs; None without torch, which counts it."""
    if importlib.util.find_spec("torch") is None:
        return None
    from engines.trials.cost import measure_cost

    return measure_cost(inputs.graphs.info.config, size_px, threads=inputs.threads, device=inputs.device)


def _layer_times(inputs: RunnerInputs, stack: TrialStack, precision: str) -> Mapping[str, list[LayerTime]]:
    from engines.openvino.runner import OpenVinoRunner

    runner = OpenVinoRunner(
        inputs.graphs,
        precision=cast("CpuPrecision", precision),
        threads=inputs.threads,
        profiled=True,
    )
    stream = _Stream(runner, stack)
    for _ in range(_SETTLING + 1):
        stream.step()
    return {part.value: times for part, times in runner.layer_times().items()}
