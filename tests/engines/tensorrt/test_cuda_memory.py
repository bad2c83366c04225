"""Memory of a GPU, on a double of CUDA; and what is said where there is no GPU."""

import gc
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.errors import EngineError
from engines.tensorrt.cuda_memory import CudaPython, Gpu, has_nvidia_device, open_cuda
from engines.tensorrt.device_arrays import DevicePool
from engines.tensorrt.recorded_steps import RecordedSteps
from tests.engines.tensorrt.cuda_double import CudaDouble, cudaError_t

Problem = Callable[[], CudaDouble]


def test_the_gpu_is_named() -> None:
    assert CudaPython(CudaDouble()).gpu == Gpu(name="Double 4090", capability="sm_89")


@pytest.mark.parametrize(
    ("double", "said"),
    [
        (lambda: CudaDouble(problem=cudaError_t.cudaErrorInsufficientDriver), "cudaErrorInsufficientDriver"),
        (lambda: CudaDouble(problem=cudaError_t.cudaErrorNoDevice), "cudaErrorNoDevice"),
        (lambda: CudaDouble(devices=0), "no device"),
    ],
)
def test_no_gpu_is_an_error(double: Problem, said: str) -> None:
    with pytest.raises(EngineError, match=said):
        CudaPython(double())


def test_a_copy_past_the_end_is_an_error() -> None:
    cuda = CudaPython(CudaDouble())
    with pytest.raises(EngineError, match="cudaErrorInvalidValue"):
        cuda.copy(cuda.allocate(100), cuda.pinned(200), cuda.stream())


def test_without_either_package_both_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("pycuda", "pycuda.driver", "cuda.bindings", "cuda.bindings.runtime"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(EngineError) as error:
        open_cuda()
    text = str(error.value)
    assert text.startswith("no NVIDIA GPU can be used (pycuda: ")
    assert "; cuda-python: " in text
    assert "\n" not in text


def test_cuda_python_tells_that_there_is_no_driver() -> None:
    """The real package, which can be imported anywhere."""
    runtime = pytest.importorskip(
        "cuda.bindings.runtime", reason='needs cuda-python: pip install "focstream[rtx]"'
    )
    if runtime.cudaGetDeviceCount()[0] == runtime.cudaError_t.cudaSuccess:
        pytest.skip("there is a GPU")
    with pytest.raises(EngineError, match=r"^no NVIDIA GPU can be used \(pycuda: .*; cuda-python, cudaGetD"):
        open_cuda()


@pytest.mark.parametrize("name", ["nvidia0", "nvmap", "dxg"])
def test_the_system_knows_a_gpu_by_its_device(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not has_nvidia_device(tmp_path)
    (tmp_path / name).touch()
    assert has_nvidia_device(tmp_path)


def test_the_system_knows_a_gpu_by_the_tool_of_its_driver(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    tool = tmp_path / ("nvidia-smi.exe" if sys.platform == "win32" else "nvidia-smi")
    tool.touch(mode=0o755)
    assert has_nvidia_device(tmp_path)


SHAPES = st.lists(st.lists(st.integers(1, 5), max_size=3).map(tuple), min_size=1, max_size=5)


@given(st.lists(SHAPES, min_size=1, max_size=5))
def test_what_goes_up_comes_down(uploads: list[list[tuple[int, ...]]]) -> None:
    pool = DevicePool(CudaPython(CudaDouble()))
    random = np.random.default_rng(0)
    kept = []
    for shapes in uploads:
        values = {f"{n}": random.random(shape).astype(np.float32) for n, shape in enumerate(shapes)}
        kept.append((pool.upload(values), {name: value.copy() for name, value in values.items()}))
        for value in values.values():
            value[...] = -1.0  # the caller's arrays are free at once
    for arrays, values in kept:
        found = pool.download(arrays)
        assert list(found) == list(values)
        for name, value in values.items():
            np.testing.assert_array_equal(found[name], value)


def test_memory_is_used_again() -> None:
    double = CudaDouble()
    pool = DevicePool(CudaPython(double))
    first = pool.take({"a": (3, 4), "b": (5,)})
    address = first.addresses["a"]
    assert (first.addresses["b"] - address, address % 256) == (256, 0)
    second = pool.take({"a": (3, 4), "b": (5,)})
    assert second.addresses["a"] != address
    del first
    gc.collect()
    assert pool.take({"c": (3, 4), "d": (6,)}).addresses["c"] == address
    assert len(double.device) == 2


def test_steps_are_recorded_when_they_come_again() -> None:
    double = CudaDouble()
    stream = CudaPython(double).stream()
    steps = RecordedSteps(stream, double)
    done: list[int] = []
    for round_ in range(3):
        for key in range(2):
            steps.run(key, lambda key=key: double.queue(stream.handle, lambda: done.append(key)))  # type: ignore[misc]
        assert double.launched == 2 * round_
    double.cudaStreamSynchronize(stream.handle)
    assert done == [0, 1] * 3


def test_recorded_steps_are_not_kept_for_ever() -> None:
    double = CudaDouble()
    stream = CudaPython(double).stream()
    steps = RecordedSteps(stream, double)
    done: list[int] = []
    for key in range(100):
        for _ in range(3):
            steps.run(key, lambda key=key: double.queue(stream.handle, lambda: done.append(key)))  # type: ignore[misc]
    double.cudaStreamSynchronize(stream.handle)
    assert done == [key for key in range(100) for _ in range(3)]
    assert len(double.graphs) < 20


def test_a_recording_that_fails_leaves_the_stream_usable() -> None:
    double = CudaDouble()
    stream = CudaPython(double).stream()
    steps = RecordedSteps(stream, double)

    def fails() -> None:
        raise EngineError("cannot be run")

    steps.run("key", lambda: None)
    with pytest.raises(EngineError, match="cannot be run"):
        steps.run("key", fails)
    assert not double.captures


def test_recording_needs_cuda_python(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = CudaPython(CudaDouble()).stream()
    monkeypatch.setitem(sys.modules, "cuda.bindings", None)
    with pytest.raises(EngineError, match=r"cuda-python .*; pip install \"focstream\[gpu\]\"$"):
        RecordedSteps(stream)
