"""Slices that come whether or not anybody is ready for them, as from a free-running camera."""

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engines.gpu.findings import Findings, StageWork, Table
from engines.gpu.gpu_engines import none_can_run, open_engines
from engines.network_model import NetworkModel
from engines.trials.stacks import TrialStack, endless_slices, simulated_stack
from focstream.protocols import DepthEstimator
from focstream.types import FocalSlice
from inference.policies import RefineEstimator, RollingEstimator

_SECONDS: Mapping[tuple[int, int], float] = {(240, 320): 15.0, (480, 640): 60.0}
"""How long each policy runs, by the size of images in pixels."""
_SLICES_S = 120.0
_MOST_P99_MS = 6.0
"""_MOST_P99_MS is less than the 8.3 ms until the next slice."""
_SPARED_S = 20.0
"""_SPARED_S of the stage are for what is not streaming: the start and the end of its process."""
_SECONDS_REHEARSED = {(64, 96): 1.0}
_SLICES_S_REHEARSED = 10.0
_QUEUE = 8
_POLICIES: Mapping[str, Callable[[NetworkModel[Any, Any]], DepthEstimator]] = {
    "refine": RefineEstimator,
    "rolling": RollingEstimator,
}
_PREFERRED = ("tensorrt f16", "torch cuda f16", "onnxruntime cuda f32")


def live(work: StageWork) -> Findings:
    """Run both policies at both sizes with the engine that should be the fastest.

    It fails where a slice is lost, or one in a hundred takes too long; in a rehearsal that says nothing.
    """
    begun_s = time.perf_counter()
    runners, reasons, inputs = open_engines(work)
    if not runners:
        return Findings(failures=(none_can_run(reasons),))
    name = next((each for each in _PREFERRED if each in runners), next(iter(runners)))
    model = NetworkModel(runners[name], inputs.graphs.info)
    rate, wanted = _SLICES_S, _SECONDS
    if work.rehearse:
        rate, wanted = _SLICES_S_REHEARSED, _SECONDS_REHEARSED
    for size_px in wanted:
        model.initial_state(size_px)  # graphs and plans are ready before the first exposure
    seconds = shared_out(wanted, work.reserved_s - _SPARED_S - (time.perf_counter() - begun_s))
    found = _streamed(model, seconds, slices_s=rate)
    return Findings(
        lines=() if seconds == wanted else ("shortened for want of time; --budget gives more",),
        tables=found.tables,
        failures=() if work.rehearse else found.failures,
    )


def _streamed(
    model: NetworkModel[Any, Any], seconds: Mapping[tuple[int, int], float], *, slices_s: float
) -> Findings:
    rows, failures = [], []
    for size_px, for_s in seconds.items():
        stack = simulated_stack(0, height_px=size_px[0], width_px=size_px[1])
        for policy, make in _POLICIES.items():
            run = run_live(make(model), stack, slices_s=slices_s, seconds=for_s)
            size = f"{size_px[1]} × {size_px[0]}"
            rows.append((size, policy, f"{for_s:.0f}", *run.cells()))
            failures += [f"{size}, {policy}: {said}" for said in run.failures()]
    head = ("images", "policy", "s", "slices", "lost", "maps/s", "latency p50 ms", "p99 ms")
    table = Table(title=f"{slices_s:g} slices/s, {model.engine}", head=head, rows=tuple(rows))
    return Findings(tables=(table,), failures=tuple(failures))


def shared_out(wanted: Mapping[tuple[int, int], float], left_s: float) -> dict[tuple[int, int], float]:
    """Return how long each policy runs, by the size: as long as is wanted, if so many seconds are left."""
    share = min(1.0, left_s / (len(_POLICIES) * sum(wanted.values())))
    return {size_px: max(1.0, share * seconds) for size_px, seconds in wanted.items()}


@dataclass(slots=True)
class LiveRun:
    """What became of the slices."""

    taken: int = 0
    lost: int = 0
    maps: int = 0
    seconds: float = 0.0
    latencies_ms: list[float] = field(default_factory=list)

    def cells(self) -> tuple[str, ...]:
        """Return the cells of a row."""
        rate = f"{self.maps / self.seconds:.0f}"
        p50, p99 = f"{self._latency_ms(50):.2f}", f"{self._latency_ms(99):.2f}"
        return str(self.taken + self.lost), str(self.lost), rate, p50, p99

    def failures(self) -> Iterator[str]:
        """Yield what must not be in a live run."""
        if not self.taken:
            yield "no slice came"
        if self.lost:
            yield f"{self.lost} of {self.taken + self.lost} slices lost"
        if self._latency_ms(99) > _MOST_P99_MS:
            yield f"p99 of the latency is {self._latency_ms(99):.1f} ms, of at most {_MOST_P99_MS:g}"

    def _latency_ms(self, percent: float) -> float:
        return float(np.percentile(self.latencies_ms or [np.nan], percent))


Waiting = queue.Queue[tuple[float, FocalSlice] | None]


def run_live(estimator: DepthEstimator, stack: TrialStack, *, slices_s: float, seconds: float) -> LiveRun:
    """Expose slices in one thread, as a camera does, and take them in this one."""
    run = LiveRun()
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
    run: LiveRun,
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
