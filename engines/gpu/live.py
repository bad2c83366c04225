"""Slices that come whether or not anybody is ready for them, as from a free-running camera."""

import contextlib
import queue
import threading
import time
from dataclasses import dataclass, field

import numpy as np

from engines.gpu.findings import Findings, StageWork, Table
from engines.gpu.gpu_engines import none_can_run, open_engines
from engines.network_model import NetworkModel
from engines.trials.stacks import TrialStack, endless_slices, simulated_stack
from focstream.protocols import DepthEstimator
from focstream.types import FocalSlice
from inference.policies import RefineEstimator, RollingEstimator

_SIZES_PX: tuple[tuple[int, int], ...] = ((240, 320), (480, 640))
_SLICES_S, _SECONDS = 120.0, 15.0
_SIZES_REHEARSED_PX = ((64, 96),)
_SLICES_S_REHEARSED, _SECONDS_REHEARSED = 10.0, 1.0
_QUEUE = 8
_PREFERRED = ("tensorrt f16", "torch cuda f16", "onnxruntime cuda f32")


def live(work: StageWork) -> Findings:
    """Run both policies at both sizes with the engine that should be the fastest."""
    runners, reasons, inputs = open_engines(work)
    if not runners:
        return Findings(failures=(none_can_run(reasons),))
    name = next((each for each in _PREFERRED if each in runners), next(iter(runners)))
    model = NetworkModel(runners[name], inputs.graphs.info)
    rate, seconds, sizes_px = _SLICES_S, _SECONDS, _SIZES_PX
    if work.rehearse:
        rate, seconds, sizes_px = _SLICES_S_REHEARSED, _SECONDS_REHEARSED, _SIZES_REHEARSED_PX
    rows = []
    for size_px in sizes_px:
        stack = simulated_stack(0, height_px=size_px[0], width_px=size_px[1])
        for policy, make in (("refine", RefineEstimator), ("rolling", RollingEstimator)):
            model.initial_state(size_px)  # graphs and plans are ready before the first exposure
            found = _run(make(model), stack, slices_s=rate, seconds=seconds)
            rows.append((f"{size_px[1]} × {size_px[0]}", policy, *found.cells()))
    title = f"{rate:g} slices/s for {seconds:g} s, {model.engine}"
    head = ("images", "policy", "slices", "lost", "maps/s", "latency p50 ms", "p99 ms")
    return Findings(tables=(Table(title=title, head=head, rows=tuple(rows)),))


@dataclass(slots=True)
class _Run:
    """What became of the slices."""

    taken: int = 0
    lost: int = 0
    maps: int = 0
    seconds: float = 0.0
    latencies_ms: list[float] = field(default_factory=list)

    def cells(self) -> tuple[str, ...]:
        """Return the cells of a row."""
        p50, p99 = np.percentile(self.latencies_ms or [np.nan], (50, 99))
        rate = f"{self.maps / self.seconds:.0f}"
        return str(self.taken + self.lost), str(self.lost), rate, f"{p50:.2f}", f"{p99:.2f}"


Waiting = queue.Queue[tuple[float, FocalSlice] | None]


def _run(estimator: DepthEstimator, stack: TrialStack, *, slices_s: float, seconds: float) -> _Run:
    """Expose slices in one thread, as a camera does, and take them in this one."""
    run = _Run()
    waiting: Waiting = queue.Queue(_QUEUE)
    ended = threading.Event()
    camera = threading.Thread(target=_expose, args=(stack, waiting, run, slices_s, seconds, ended))
    start_s = time.perf_counter()
    camera.start()
    try:
        while (item := waiting.get()) is not None:
            exposed_s, focal_slice = item
            update = estimator.push(focal_slice)
            run.taken += 1
            run.maps += update is not None
            run.latencies_ms.append(1e3 * (time.perf_counter() - exposed_s))
    finally:
        run.seconds = time.perf_counter() - start_s
        ended.set()
        while camera.is_alive():  # after an error its last item may find no room
            with contextlib.suppress(queue.Empty):
                waiting.get(timeout=0.05)
        estimator.close()
    return run


def _expose(
    stack: TrialStack,
    waiting: Waiting,
    run: _Run,
    slices_s: float,
    seconds: float,
    ended: threading.Event,
) -> None:
    start_s = time.perf_counter()
    slices = endless_slices(stack)
    for index in range(round(slices_s * seconds)):
        due_s = start_s + index / slices_s
        if ended.wait(max(0.0, due_s - time.perf_counter())):
            break
        try:
            waiting.put_nowait((time.perf_counter(), next(slices)))
        except queue.Full:
            run.lost += 1
    waiting.put(None)
