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
from engines.gpu.cuda_double import OK, TOTAL_BYTES, CudaDouble, cudaError_t
from engines.tensorrt.cuda_memory import CudaPython, Gpu, Stream, has_nvidia_device, open_cuda
from engines.tensorrt.device_arrays import DevicePool
from engines.tensorrt.recorded_steps import RecordedSteps

Problem = Callable[[], CudaDouble]


def test_the_gpu_is_named() -> None:
    assert CudaPython(CudaDouble()).gpu == Gpu(name="Double 4090", capability="sm_89")


@pytest.mark.parametrize(
    ("double", "said"),
    [
        (lambda: CudaDouble(problem=cudaError_t.cudaErrorInsufficientDriver), "cudaErrorInsufficientDriver"),
        (lambda: CudaDouble(problem=cudaError_t.cudaErrorNoDevice), "cudaErrorNoDevice"),
        (lambda: CudaDouble(devices=0), "no GPU 0: there is none"),
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
    assert text.startswith("no NVIDIA GPU can be used (cuda-bindings: ")
    assert "; pycuda: " in text
    assert "\n" not in text


@pytest.mark.parametrize(
    ("driver", "advice"),
    [
        (
            "570.86.15",
            r'; for driver 570\.86\.15, which has no CUDA 13: (pip .*; )?pip install "focstream\[gpu12\]"$',
        ),
        ("580.65.06", r'; for driver 580\.65\.06: pip install "focstream\[gpu\]"$'),
        (
            "470.223.02",
            r"; driver 470\.223\.02 is too old: update it to 580 or later, or use another engine$",
        ),
        (None, r"; no driver of NVIDIA's is found here: install one, or use another engine$"),
    ],
)
def test_where_no_gpu_can_be_used_the_line_to_type_goes_by_the_driver(
    driver: str | None, advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("pycuda", "pycuda.driver", "cuda.bindings", "cuda.bindings.runtime"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setattr("engines.tensorrt.cuda_memory.driver_version", lambda: driver)
    with pytest.raises(EngineError, match=advice):
        open_cuda()


@pytest.mark.parametrize("device", [2, 5, -1])
def test_a_gpu_that_is_not_there(device: int) -> None:
    with pytest.raises(EngineError, match=rf"no GPU {device}: there are only 0 … 1 \(CUDA_VISIBLE_DEVICES"):
        CudaPython(CudaDouble(devices=2), device=device)


def test_memory_is_of_the_gpu_that_was_asked_for() -> None:
    double = CudaDouble(devices=2)
    cuda = CudaPython(double, device=1)
    before = cuda.free_bytes
    kept = cuda.allocate(1000)
    assert before - cuda.free_bytes == 1000
    assert double.used_on == {1}
    assert double.current == 0
    del kept


def test_an_error_is_not_left_for_the_next_call_to_be_blamed() -> None:
    double = CudaDouble()
    with pytest.raises(EngineError, match=r"^cuda-bindings [\d.]+, cudaMalloc: cudaErrorMemoryAllocation$"):
        CudaPython(double).allocate(2 * TOTAL_BYTES)
    assert double.cudaGetLastError() == (OK,)


def test_cuda_python_tells_that_there_is_no_driver() -> None:
    """The real package, which can be imported anywhere."""
    runtime = pytest.importorskip(
        "cuda.bindings.runtime", reason='needs cuda-bindings: pip install "focstream[rtx]"'
    )
    if runtime.cudaGetDeviceCount()[0] == runtime.cudaError_t.cudaSuccess:
        pytest.skip("there is a GPU")
    with pytest.raises(
        EngineError, match=r"^no NVIDIA GPU can be used \(cuda-bindings .*, cudaGetD.*; pycuda"
    ):
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


SHAPES = st.lists(st.integers(1, 5), max_size=3).map(tuple)
KINDS = st.sampled_from([np.float32, np.uint8, np.uint16])
ARRAYS = st.lists(st.tuples(SHAPES, KINDS), min_size=1, max_size=5)


@given(st.lists(ARRAYS, min_size=1, max_size=5))
def test_what_goes_up_comes_down(uploads: list[list[tuple[tuple[int, ...], type]]]) -> None:
    pool = DevicePool(CudaPython(CudaDouble()))
    random = np.random.default_rng(0)
    kept = []
    for shapes in uploads:
        values = {
            f"{n}": np.asarray(1000 * random.random(shape)).astype(kind)
            for n, (shape, kind) in enumerate(shapes)
        }
        kept.append((pool.upload(values), {name: value.copy() for name, value in values.items()}))
        for value in values.values():
            value[...] = 77  # the caller's arrays are free at once
    for arrays, values in kept:
        found = pool.download(arrays)
        assert list(found) == list(values)
        for name, value in values.items():
            np.testing.assert_array_equal(found[name], value)
            assert found[name].dtype == value.dtype


def test_what_came_down_is_kept_as_long_as_anybody_holds_it() -> None:
    """It is where the GPU wrote it, which is used again only then."""
    double = CudaDouble()
    pool = DevicePool(CudaPython(double))
    pieces, parts = [], []
    for number in range(20):
        found = pool.download(pool.upload({"a": np.full(10, number, np.float32), "b": np.arange(3.0)}))
        pieces.append(found["a"][2:5])
        parts.append(found["a"])
    del found
    assert len(double.host) < 15  # who holds many gets copies
    for number, piece in enumerate(pieces):
        np.testing.assert_array_equal(piece, number)
    before = len(double.host)
    del parts, pieces, piece
    for _ in range(20):
        pool.download(pool.upload({"a": np.zeros(10, np.float32), "b": np.arange(3.0)}))
    assert len(double.host) == before


def test_memory_may_come_back_when_the_pool_is_gone() -> None:
    double = CudaDouble()
    pool = DevicePool(CudaPython(double))
    found = pool.download(pool.upload({"a": np.arange(10, dtype=np.float32)}))
    del pool
    gc.collect()
    np.testing.assert_array_equal(found["a"], np.arange(10))
    del found
    gc.collect()
    assert not double.host


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
    assert len(double.graphs) < 70


def recorded_after_a_warm_up(double: CudaDouble, enqueue: Callable[[], None]) -> tuple[Stream, RecordedSteps]:
    stream = CudaPython(double).stream()
    steps = RecordedSteps(stream, double)
    steps.run("key", lambda: None)
    steps.run("key", enqueue)
    return stream, steps


def test_work_that_fails_fails_and_leaves_the_stream_usable() -> None:
    double = CudaDouble()

    def fails() -> None:
        raise EngineError("cannot be run")

    with pytest.raises(EngineError, match=r"^cannot be run$"):
        recorded_after_a_warm_up(double, fails)
    assert not double.captures
    assert double.cudaGetLastError() == (OK,)


@pytest.mark.parametrize("records", [True, False])
def test_a_recording_that_fails_is_said_once_and_the_work_is_done(
    caplog: pytest.LogCaptureFixture, records: bool
) -> None:
    """The driver may refuse only at the end of a recording, or where something else spoils it."""
    double = CudaDouble(records=records)
    done: list[int] = []

    def enqueue() -> None:
        if records and double.captures:
            kept = CudaPython(double).allocate(100)  # is freed while it records
            del kept
        double.queue(stream_of(double), lambda: done.append(1))

    stream, steps = recorded_after_a_warm_up(double, enqueue)
    steps.run("key", enqueue)
    steps.run("other", enqueue)
    double.cudaStreamSynchronize(stream.handle)
    assert done == [1] * 3
    assert not steps.records
    (line,) = [record.getMessage() for record in caplog.records]
    assert "cudaStreamEndCapture: cudaErrorStreamCaptureInvalidated" in line


def stream_of(double: CudaDouble) -> int:
    (stream,) = double.streams
    return stream


def test_the_first_run_is_done_before_it_is_recorded() -> None:
    double = CudaDouble()
    stream = CudaPython(double).stream()
    steps = RecordedSteps(stream, double)
    done: list[int] = []
    steps.run("key", lambda: double.queue(stream.handle, lambda: done.append(1)))
    assert done == [1]


def test_garbage_with_memory_of_a_gpu_does_not_spoil_a_recording() -> None:
    double = CudaDouble()
    cuda = CudaPython(double)

    def enqueue() -> None:
        cycle: list[object] = [cuda.allocate(100)]
        cycle.append(cycle)
        del cycle
        kept = [[] for _ in range(5000)]  # enough for Python to look for cycles
        assert len(kept) == 5000

    _, steps = recorded_after_a_warm_up(double, enqueue)
    assert steps.records
    assert gc.isenabled()


def test_graphs_are_given_back() -> None:
    double = CudaDouble()
    _, steps = recorded_after_a_warm_up(double, lambda: None)
    assert double.graphs
    steps.close()
    assert not double.graphs


def test_recording_needs_cuda_bindings(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = CudaPython(CudaDouble()).stream()
    monkeypatch.setitem(sys.modules, "cuda.bindings", None)
    with pytest.raises(EngineError, match=r"cuda-bindings .*; pip install \"focstream\[gpu\]\"$"):
        RecordedSteps(stream)
