"""The stages find what they are there to find."""

import threading
from pathlib import Path

import numpy as np
import pytest
import torch

from engines.errors import EngineError
from engines.gpu import memory, order
from engines.gpu.host_cuda import HostCuda
from engines.gpu.torch_bindings import memory_view
from engines.tensorrt.cuda_memory import Bytes, DeviceMemory, Stream
from engines.tensorrt.device_arrays import DevicePool


class Backwards(HostCuda):
    """Does what was queued last first."""

    def finish(self, stream: int) -> None:
        self._queues[stream].reverse()
        super().finish(stream)


class Short(HostCuda):
    """Copies all but the last byte."""

    def copy(self, to: DeviceMemory | Bytes, source: DeviceMemory | Bytes, stream: Stream) -> None:
        if isinstance(to, np.ndarray):
            to = to[:-1]
        super().copy(to, source, stream)


class Boundless(HostCuda):
    """Never runs out."""

    @property
    def free_bytes(self) -> int:
        return 1 << 62

    def allocate(self, size_bytes: int) -> DeviceMemory:
        return super().allocate(min(size_bytes, 1 << 20))


class Lost(HostCuda):
    """Fails in every thread but the one that made it."""

    def __init__(self) -> None:
        super().__init__()
        self._made_in = threading.get_ident()

    def synchronise(self, stream: Stream) -> None:
        if threading.get_ident() != self._made_in:
            raise EngineError("not in this thread")
        super().synchronise(stream)


def test_memory_that_is_right_passes() -> None:
    assert {check(HostCuda()) for check in memory._CHECKS.values()} == {""}


def test_a_copy_that_is_too_short_is_found() -> None:
    assert "came back changed" in memory._round_trip(Short())


def test_memory_without_end_is_found() -> None:
    assert "were given out" in memory._too_much(Boundless())


def test_a_thread_that_cannot_is_found() -> None:
    assert memory._threads(Lost()) == "EngineError: not in this thread"


def test_memory_that_grows_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[object] = []
    take = DevicePool.take
    monkeypatch.setattr(DevicePool, "take", lambda *a: kept.append(found := take(*a)) or found)
    monkeypatch.setattr(memory, "_UPLOADS", 40)
    monkeypatch.setattr(memory, "_SLICE", (4, 4, 3))
    assert "were taken while streaming" in memory._steady(HostCuda())


def test_work_out_of_order_is_found(tmp_path: Path) -> None:
    assert order._torch(order._Trial(HostCuda(), tmp_path)) == ""
    assert order._torch(order._Trial(Backwards(), tmp_path)) != ""


def test_memory_is_seen_as_a_tensor() -> None:
    numbers = np.arange(12, dtype=np.float32)
    view = memory_view(numbers.ctypes.data, (3, 4), torch.device("cpu"))
    view[1, 2] = 99.0
    assert numbers[6] == 99.0
