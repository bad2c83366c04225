"""Slices a second of every way to compute depth, as a live run takes them: ``engines bench --live``."""

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from tqdm import tqdm

from engines.choice.choose import candidates, make_model, on_gpu
from engines.choice.faster import Choice, choices
from engines.image_size import parse_size
from engines.trials.settings import TrialSettings
from engines.trials.stacks import TrialStack, endless_slices, simulated_stack
from focstream.program.device import device
from focstream.types import InputError
from inference.config import InferenceConfig
from inference.depth_model import DepthModel
from inference.policies import RefineEstimator

_ROUND = 10
_SETTLING = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveTiming:
    """One way to compute depth, and what each slice took.

    Attributes
    ----------
    flags
        The options of ``focstream run`` that choose it.
    engine
        What computed it.
    milliseconds
        From a slice to its map, the restart at a new sweep included.
    """

    flags: str
    engine: str
    milliseconds: tuple[float, ...]


def bench_live(settings: TrialSettings, *, sizes: Sequence[str], slices: int, warm_up: int) -> None:
    """Measure and print one table.

    Raises
    ------
    InputError
        For graphs, weights or more than one engine: a live run chooses one.
    """
    if settings.graphs is not None or settings.weights is not None or len(settings.engines) > 1:
        raise InputError("--live measures what focstream run takes: leave out --graphs, --weights, engines")
    config = _config(settings)
    say = sys.stdout.write
    say(f"{device()}; warm-up {warm_up}, n {slices}, in turns; grey images, a map with every slice\n\n")
    say("| images | options | computed by | p50 ms | p95 ms | p99 ms | slices/s |\n")
    say("|---|---|---|---|---|---|---|\n")
    for size in sizes:
        height_px, width_px = parse_size(size)
        stack = simulated_stack(0, height_px=height_px, width_px=width_px)
        for timing in _time_all(choices(config), stack, slices=slices, warm_up=warm_up):
            say(_row(f"{width_px} × {height_px}", timing))


def _config(settings: TrialSettings) -> InferenceConfig:
    (name,) = settings.engines or ("auto auto",)
    engine, *kind = name.split()
    asked = settings.device if settings.device is not None or not on_gpu(name) else 0
    config = InferenceConfig.model_validate(
        {
            "engine": engine,
            "precision": kind[-1] if kind else "auto",
            "threads": settings.threads,
            "device": asked,
        }
    )
    if settings.engines:
        chosen = candidates(config.engine, config.precision, config.device)
        if name not in chosen:
            raise InputError(f"--live measures what a run takes, and none takes {name}: give {chosen[0]}")
    return config


def _time_all(
    some: Sequence[Choice], stack: TrialStack, *, slices: int, warm_up: int
) -> Iterator[LiveTiming]:
    """Take turns in short rounds, so that whatever else the machine does meets all alike."""
    streams = {choice.flags: _Stream(make_model(choice.config), stack) for choice in some}
    for stream in streams.values():
        for _ in range(warm_up):
            stream.step()
    seconds: dict[str, list[float]] = {flags: [] for flags in streams}
    for _ in tqdm(range(-(-slices // _ROUND)), unit="round", disable=None):
        for flags, stream in streams.items():
            for _ in range(_SETTLING):
                stream.step()
            seconds[flags] += [stream.step() for _ in range(_ROUND)]
    for flags, stream in streams.items():
        taken = tuple(1e3 * s for s in seconds[flags][:slices])
        yield LiveTiming(flags=flags, engine=stream.engine, milliseconds=taken)


class _Stream:
    """One model at work on sweeps without end, under the policy of a live run."""

    def __init__(self, model: DepthModel[Any, Any], stack: TrialStack) -> None:
        self._model = model
        self._estimator = RefineEstimator(model)
        self._slices = endless_slices(stack)

    @property
    def engine(self) -> str:
        """What computes it now: the first may not have got ready."""
        return self._model.engine

    def step(self) -> float:
        """Take one slice to its map, and return the seconds that this took."""
        focal_slice = next(self._slices)
        start_s = time.perf_counter()
        self._estimator.push(focal_slice)
        return time.perf_counter() - start_s


def _row(size: str, timing: LiveTiming) -> str:
    p50, p95, p99 = np.percentile(timing.milliseconds, (50, 95, 99))
    return (
        f"| {size} | `{timing.flags}` | {timing.engine} | {p50:.1f} | {p95:.1f} | {p99:.1f} "
        f"| {1e3 / p50:.1f} |\n"
    )
