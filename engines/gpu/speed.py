"""How fast every engine is, in turns: what the processor does, and what the engine does."""

import time
from typing import Any, Generic

import numpy as np

from engines.base import Features, Runner, State
from engines.gpu.findings import Findings, StageWork, Table
from engines.gpu.gpu_engines import none_can_run, open_engines
from engines.pictures import HostPictures, on_pictures, to_input, to_maps
from engines.trials.stacks import TrialStack, grey_images, simulated_stack

_SIZES_PX: tuple[tuple[int, int], ...] = ((256, 256), (480, 640))
_SLICES, _WARM_UP, _ROUND = 500, 30, 20
_SIZES_REHEARSED_PX = ((64, 96), (96, 128))
_SLICES_REHEARSED, _WARM_UP_REHEARSED = 20, 2
_SIGMA_PER_SCALE = 1.5  # any: what it costs does not depend on it


def speed(work: StageWork) -> Findings:
    """Measure all engines, side by side."""
    runners, reasons, _ = open_engines(work)
    if not runners:
        return Findings(failures=(none_can_run(reasons),))
    slices, warm_up, sizes_px = _SLICES, _WARM_UP, _SIZES_PX
    if work.rehearse:
        slices, warm_up, sizes_px = _SLICES_REHEARSED, _WARM_UP_REHEARSED, _SIZES_REHEARSED_PX
    tables = [_table(runners, size_px, slices=slices, warm_up=warm_up) for size_px in sizes_px]
    return Findings(
        lines=tuple(f"not measured: {name}: {reason}" for name, reason in reasons.items()),
        tables=tuple(tables),
    )


def _table(
    runners: dict[str, Runner[Any, Any]], size_px: tuple[int, int], *, slices: int, warm_up: int
) -> Table:
    height_px, width_px = size_px
    stack = simulated_stack(0, height_px=height_px, width_px=width_px)
    streams = {name: _Timed(runner, stack) for name, runner in runners.items()}
    for stream in streams.values():
        for _ in range(warm_up):
            stream.step()
        stream.seconds.clear()
    for _ in range(-(-slices // _ROUND)):
        for stream in streams.values():
            for _ in range(_ROUND):
                stream.step()
    title = f"{width_px} × {height_px} grey, ms; warm-up {warm_up}, n {slices}, in turns of {_ROUND}"
    head = ("engine", "slices/s", "p50", "p95", "p99", "image to input p50", "engine p50", "maps out p50")
    return Table(title=title, head=head, rows=tuple(stream.row() for stream in streams.values()))


class _Timed(Generic[Features, State]):
    """One engine at work on a sweep without end; notes what each part of every slice took."""

    def __init__(self, runner: Runner[Features, State], stack: TrialStack) -> None:
        self.seconds: list[tuple[float, float, float]] = []
        self._runner = runner
        way = on_pictures(runner, sigma_per_scale=_SIGMA_PER_SCALE)
        self._pictures, self._on_host = way, isinstance(way, HostPictures)
        images = grey_images(stack)
        self._slices = [
            (image, np.array([coordinate], np.float32))
            for image, coordinate in zip(images, stack.coordinates, strict=True)
        ]
        self._shape = images[0].shape
        self._state = runner.initial_state((1, *stack.images.shape[1:3]))
        self._count = 0

    def step(self) -> None:
        """Take one slice to its maps."""
        image, coordinate = self._slices[self._count % len(self._slices)]
        self._count += 1
        begun = time.perf_counter()
        if not self._on_host:
            self._state, _ = self._pictures.step_pictures(image[None], coordinate, self._state)
            self.seconds.append((0.0, time.perf_counter() - begun, 0.0))
            return
        prepared = to_input(image)[None]
        given = time.perf_counter()
        self._state, maps = self._runner.step(prepared, coordinate, self._state)
        computed = time.perf_counter()
        to_maps(maps, shape=self._shape, sigma_per_scale=_SIGMA_PER_SCALE)
        self.seconds.append((given - begun, computed - given, time.perf_counter() - computed))

    def row(self) -> tuple[str, ...]:
        """Return a row of the table; what engines do inside of themselves has no parts."""
        parts_ms = 1e3 * np.array(self.seconds)
        p50, p95, p99 = np.percentile(parts_ms.sum(axis=1), (50, 95, 99))
        prepare, engine, finish = (f"{value:.2f}" for value in np.median(parts_ms, axis=0))
        parts = (prepare, engine, finish) if self._on_host else ("inside", engine, "inside")
        return self._runner.engine, f"{1e3 / p50:.0f}", f"{p50:.2f}", f"{p95:.2f}", f"{p99:.2f}", *parts
