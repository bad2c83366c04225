"""The stages find what they are there to find."""

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from engines.gpu import memory, order
from engines.gpu.cuda_double import CudaDouble, cudaError_t
from engines.gpu.live import LiveRun, run_live, shared_out
from engines.gpu.torch_bindings import memory_view
from engines.tensorrt.cuda_memory import CudaPython
from engines.tensorrt.device_arrays import DevicePool
from engines.tensorrt.runs import Made, Runs
from engines.tensorrt.states import TensorRtFeatures, TensorRtState
from engines.trials.stacks import simulated_stack
from inference.policies import RefineEstimator
from inference.sharpness import SharpnessModel
from inference.slowed import SlowedModel


class Backwards(CudaDouble):
    """Does what was queued last first."""

    def cudaStreamSynchronize(self, stream: int) -> tuple[cudaError_t]:  # noqa: N802
        self.streams[stream].reverse()
        return super().cudaStreamSynchronize(stream)


class Short(CudaDouble):
    """Copies all but the last byte."""

    def cudaMemcpyAsync(self, to, source, size, kind, stream):  # noqa: N802
        return super().cudaMemcpyAsync(to, source, size - 1, kind, stream)


class Boundless(CudaDouble):
    """Never runs out."""

    def cudaMalloc(self, size):  # noqa: N802
        return super().cudaMalloc(min(size, 2**20))


class Lost(CudaDouble):
    """Fails in every thread but the one that made it."""

    def __init__(self) -> None:
        super().__init__()
        self._made_in = threading.get_ident()

    def cudaStreamSynchronize(self, stream):  # noqa: N802
        if threading.get_ident() != self._made_in:
            return (cudaError_t.cudaErrorInvalidValue,)
        return super().cudaStreamSynchronize(stream)


def test_memory_that_is_right_passes() -> None:
    assert {check(CudaPython(CudaDouble())) for check in memory._CHECKS.values()} == {""}


def test_a_copy_that_is_too_short_is_found() -> None:
    assert "came back changed" in memory._round_trip(CudaPython(Short()))


def test_memory_without_end_is_found() -> None:
    assert "were given out" in memory._too_much(CudaPython(Boundless()))


def test_a_thread_that_cannot_is_found() -> None:
    assert "cudaErrorInvalidValue" in memory._threads(CudaPython(Lost()))


def test_memory_that_grows_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[object] = []
    take = DevicePool.take
    monkeypatch.setattr(DevicePool, "take", lambda *a: kept.append(found := take(*a)) or found)
    monkeypatch.setattr(memory, "_UPLOADS", 40)
    monkeypatch.setattr(memory, "_SLICE", (4, 4, 3))
    assert "were taken while streaming" in memory._steady(CudaPython(CudaDouble()))


def test_a_state_that_is_updated_in_place_of_the_other_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    update = Runs.update
    seen: list[TensorRtState] = []

    def confused(self: Runs, features: TensorRtFeatures, state: TensorRtState) -> Made:
        seen.append(state)
        return update(self, features, seen[-2] if len(seen) % 7 == 0 else state)

    monkeypatch.setattr(Runs, "update", confused)
    double = CudaDouble()
    said = order._two_states(order._Trial(CudaPython(double), tmp_path, double))
    assert said == "queued, two states that share slices give other maps than each alone"


@pytest.mark.parametrize("check", [order._torch, order._pictures, order._two_states])
def test_work_out_of_order_is_found(tmp_path: Path, check: Callable[[order._Trial], str]) -> None:
    for double, is_right in ((CudaDouble(), True), (Backwards(), False)):
        said = check(order._Trial(CudaPython(double), tmp_path, double))
        assert (said == "") == is_right, said


def test_a_recording_that_fails_is_found(tmp_path: Path) -> None:
    double = CudaDouble(records=False)
    said = order._recorded(order._Trial(CudaPython(double), tmp_path, double))
    assert said == "steps could not be recorded; the log says why"


def test_lost_slices_are_found() -> None:
    stack = simulated_stack(0, height_px=32, width_px=48)
    slow = RefineEstimator(SlowedModel(SharpnessModel(), slices_s=20.0))
    run = run_live(slow, stack, slices_s=240.0, seconds=0.25)
    assert run.taken + run.lost == 60
    assert f"{run.lost} of 60 slices lost" in list(run.failures())


def test_slices_that_take_too_long_are_found() -> None:
    quick = LiveRun(taken=200, latencies_ms=[1.0] * 199 + [50.0])
    late = LiveRun(taken=200, latencies_ms=[1.0] * 190 + [50.0] * 10)
    assert list(quick.failures()) == []
    assert list(late.failures()) == ["p99 of the latency is 50.0 ms, of at most 6"]
    assert list(LiveRun().failures()) == ["no slice came"]


def test_a_minute_is_streamed_if_there_is_time_for_it() -> None:
    wanted = {(240, 320): 15.0, (480, 640): 60.0}
    assert shared_out(wanted, 150.0) == shared_out(wanted, 400.0) == wanted
    assert shared_out(wanted, 50.0) == {(240, 320): 5.0, (480, 640): 20.0}
    assert shared_out(wanted, -3.0) == {(240, 320): 1.0, (480, 640): 1.0}


def test_memory_is_seen_as_a_tensor() -> None:
    numbers = np.arange(12, dtype=np.float32)
    view = memory_view(numbers.ctypes.data, (3, 4), torch.device("cpu"))
    view[1, 2] = 99.0
    assert numbers[6] == 99.0
