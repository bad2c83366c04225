"""Whether memory and streams do what the engine relies on, through every package that there is."""

import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager

import numpy as np

from engines.errors import EngineError
from engines.gpu.cuda_double import CudaDouble
from engines.gpu.findings import Findings, StageWork, Table
from engines.gpu.gpu_or_double import require_gpu
from engines.tensorrt.cuda_memory import Bytes, Cuda, CudaPython, DeviceMemory, Gpu, Stream
from engines.tensorrt.device_arrays import DevicePool
from engines.tensorrt.pycuda_memory import PyCuda

_TOO_MUCH_BYTES = 1 << 46
_UPLOADS = 2000
_SLICE = (480, 640, 3)

Check = Callable[[Cuda], str]
"""Returns what is wrong; empty when nothing is."""


def memory(work: StageWork) -> Findings:
    """Check every package."""
    openers: Mapping[str, Callable[[], Cuda]] = {"pycuda": PyCuda, "cuda-bindings": CudaPython}
    if work.rehearse:
        openers = {"double": lambda: CudaPython(CudaDouble())}
    else:
        require_gpu()
    rows, failures, opened = [], [], 0
    for name, opener in openers.items():
        try:
            cuda = opener()
        except (ImportError, EngineError) as error:
            rows.append((name, *["not tried"] * len(_CHECKS), str(error)))
            continue
        opened += 1
        wrong = {about: check(cuda) for about, check in _CHECKS.items()}
        rows.append((name, *(said or "right" for said in wrong.values()), ""))
        failures += [f"{name}: {about}: {said}" for about, said in wrong.items() if said]
    if not opened:
        failures.append("neither pycuda nor cuda-bindings can be used")
    table = Table(title="Memory", head=("package", *_CHECKS, "why not"), rows=tuple(rows))
    return Findings(tables=(table,), failures=tuple(failures))


def _round_trip(cuda: Cuda) -> str:
    pool = DevicePool(cuda)
    random = np.random.default_rng(0)
    for shape in ((1,), (7, 5), (480, 640), (2, 160, 30, 40)):
        values = {"a": random.random(shape, np.float32), "b": random.random((3, *shape), np.float32)}
        found = pool.download(pool.upload(values))
        if not all(np.array_equal(found[name], value) for name, value in values.items()):
            return f"an array of {shape} came back changed"
    return ""


def _threads(cuda: Cuda) -> str:
    """Make it here, use it in another thread, and free it there."""
    pool = DevicePool(cuda)
    values = {"a": np.arange(1000, dtype=np.float32)}
    arrays = [pool.upload(values)]
    said: list[str] = []

    def use() -> None:
        try:
            found = pool.download(arrays.pop())
            said.append("" if np.array_equal(found["a"], values["a"]) else "it came back changed")
        except Exception as error:  # noqa: BLE001 - it is the result
            said.append(f"{type(error).__name__}: {error}")

    thread = threading.Thread(target=use)
    thread.start()
    thread.join()
    return said[0]


def _too_much(cuda: Cuda) -> str:
    try:
        cuda.allocate(_TOO_MUCH_BYTES)
    except EngineError as error:
        return "its message has several lines" if "\n" in str(error) else _round_trip(cuda)
    return f"{_TOO_MUCH_BYTES} bytes were given out"


def _steady(cuda: Cuda) -> str:
    """Stream slices: what is taken must not grow."""
    counting = _Counting(cuda)
    pool = DevicePool(counting)
    image = np.zeros(_SLICE, np.float32)
    for index in range(_UPLOADS):
        arrays = pool.upload({"images": image})
        if index % 10 == 0:
            pool.download(arrays)
        if index == _UPLOADS // 10:
            before = counting.taken
    grown = counting.taken - before
    return f"{grown} pieces of memory were taken while streaming" if grown else ""


_CHECKS: Mapping[str, Check] = {
    "round trip": _round_trip,
    "made in one thread, used in another": _threads,
    "too much": _too_much,
    f"{_UPLOADS} uploads": _steady,
}


class _Counting(Cuda):
    """Counts what is taken of another."""

    def __init__(self, cuda: Cuda) -> None:
        self._cuda = cuda
        self.taken = 0

    @property
    def gpu(self) -> Gpu:
        """See `Cuda.gpu`."""
        return self._cuda.gpu

    @property
    def free_bytes(self) -> int:
        """See `Cuda.free_bytes`."""
        return self._cuda.free_bytes

    def current(self) -> AbstractContextManager[None]:
        """See `Cuda.current`."""
        return self._cuda.current()

    def stream(self) -> Stream:
        """See `Cuda.stream`."""
        return self._cuda.stream()

    def allocate(self, size_bytes: int) -> DeviceMemory:
        """See `Cuda.allocate`."""
        self.taken += 1
        return self._cuda.allocate(size_bytes)

    def pinned(self, size_bytes: int) -> Bytes:
        """See `Cuda.pinned`."""
        self.taken += 1
        return self._cuda.pinned(size_bytes)

    def copy(self, to: DeviceMemory | Bytes, source: DeviceMemory | Bytes, stream: Stream) -> None:
        """See `Cuda.copy`."""
        self._cuda.copy(to, source, stream)

    def synchronise(self, stream: Stream) -> None:
        """See `Cuda.synchronise`."""
        self._cuda.synchronise(stream)
