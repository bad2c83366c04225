"""Memory and streams of an NVIDIA GPU, through pycuda, or through cuda-python where pycuda is not there.

Opening it proves that there is a GPU with a driver. TensorRT must not be touched before, because without a
driver it crashes instead of reporting an error.
"""

import contextlib
import math
import shutil
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from engines.errors import EngineError

Bytes = NDArray[np.uint8]
_NON_BLOCKING = 1  # CU_STREAM_NON_BLOCKING, which pycuda has no name for


@dataclass(frozen=True, slots=True, kw_only=True)
class Gpu:
    """A GPU; `capability` such as "sm_89" names what code is compiled for."""

    name: str
    capability: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceMemory:
    """Memory of the GPU at `address`; it is freed with the last reference to `owner`."""

    address: int
    owner: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """What is queued on it is done in order; not the default stream, which would wait for all others."""

    handle: int
    owner: object


class Cuda(Protocol):
    """The first GPU. Copies are queued: pinned memory must stay as it is until the stream is synchronised."""

    @property
    def gpu(self) -> Gpu:
        """Which GPU it is."""
        ...

    def stream(self) -> Stream:
        """Make a stream."""
        ...

    def allocate(self, size_bytes: int) -> DeviceMemory:
        """Take memory of the GPU."""
        ...

    def pinned(self, size_bytes: int) -> Bytes:
        """Take page-locked memory of the host, (size_bytes,) uint8, which the GPU copies by itself."""
        ...

    def copy(self, to: DeviceMemory | Bytes, source: DeviceMemory | Bytes, stream: Stream) -> None:
        """Queue a copy between pinned memory and the GPU, as long as the pinned side is."""
        ...

    def synchronise(self, stream: Stream) -> None:
        """Wait until all that was queued is done."""
        ...


class PyCuda:
    """The first GPU through pycuda, in the context that TensorRT takes as well (the primary one)."""

    def __init__(self) -> None:
        import pycuda.driver as driver

        self._driver = driver
        try:
            driver.init()
            device = driver.Device(0)
            self._context = device.retain_primary_context()
        except driver.Error as error:
            raise _unusable("pycuda", str(error)) from None
        major, minor = device.compute_capability()
        self.gpu = Gpu(name=device.name(), capability=f"sm_{major}{minor}")

    def stream(self) -> Stream:
        """See `Cuda.stream`."""
        with self._current():
            owner = self._driver.Stream(_NON_BLOCKING)
        return Stream(handle=int(owner.handle), owner=owner)

    def allocate(self, size_bytes: int) -> DeviceMemory:
        """See `Cuda.allocate`."""
        with self._current():
            owner = self._driver.mem_alloc(size_bytes)
        return DeviceMemory(address=int(owner), owner=owner)

    def pinned(self, size_bytes: int) -> Bytes:
        """See `Cuda.pinned`."""
        with self._current():
            return self._driver.pagelocked_empty(size_bytes, np.uint8)

    def copy(self, to: DeviceMemory | Bytes, source: DeviceMemory | Bytes, stream: Stream) -> None:
        """See `Cuda.copy`."""
        with self._current():
            if isinstance(to, DeviceMemory):
                self._driver.memcpy_htod_async(to.address, source, stream.owner)
            elif isinstance(source, DeviceMemory):
                self._driver.memcpy_dtoh_async(to, source.address, stream.owner)

    def synchronise(self, stream: Stream) -> None:
        """See `Cuda.synchronise`."""
        with self._current():
            stream.owner.synchronize()  # type: ignore[attr-defined]

    @contextlib.contextmanager
    def _current(self) -> Iterator[None]:
        """Make the context that of this thread; pycuda reports what failed by exceptions of its own."""
        self._context.push()
        try:
            yield
        except self._driver.Error as error:
            raise EngineError(f"{self.gpu.name}: {error}") from None
        finally:
            self._context.pop()


class CudaPython:
    """The first GPU through NVIDIA's cuda-python; its runtime takes the primary context by itself.

    Parameters
    ----------
    runtime
        ``cuda.bindings.runtime``; None = imported.
    """

    def __init__(self, runtime: Any = None) -> None:  # noqa: ANN401 - a module
        if runtime is None:
            from cuda.bindings import runtime as imported

            runtime = imported
        self._runtime = runtime
        count = self._call(runtime.cudaGetDeviceCount)
        if not count:
            raise _unusable("cuda-python", "no device")
        properties = self._call(runtime.cudaGetDeviceProperties, 0)
        self.gpu = Gpu(
            name=properties.name.decode().rstrip("\0"),
            capability=f"sm_{properties.major}{properties.minor}",
        )

    def stream(self) -> Stream:
        """See `Cuda.stream`."""
        handle = self._call(self._runtime.cudaStreamCreateWithFlags, self._runtime.cudaStreamNonBlocking)
        return Stream(handle=int(handle), owner=_Freed(self._runtime.cudaStreamDestroy, handle))

    def allocate(self, size_bytes: int) -> DeviceMemory:
        """See `Cuda.allocate`."""
        address = self._call(self._runtime.cudaMalloc, size_bytes)
        return DeviceMemory(address=int(address), owner=_Freed(self._runtime.cudaFree, address))

    def pinned(self, size_bytes: int) -> Bytes:
        """See `Cuda.pinned`."""
        address = self._call(self._runtime.cudaMallocHost, size_bytes)
        return host_array(int(address), size_bytes, lambda: self._runtime.cudaFreeHost(address))

    def copy(self, to: DeviceMemory | Bytes, source: DeviceMemory | Bytes, stream: Stream) -> None:
        """See `Cuda.copy`."""
        kinds = self._runtime.cudaMemcpyKind
        if isinstance(to, DeviceMemory):
            assert not isinstance(source, DeviceMemory)
            arguments = (to.address, source.ctypes.data, source.nbytes, kinds.cudaMemcpyHostToDevice)
        else:
            assert isinstance(source, DeviceMemory)
            arguments = (to.ctypes.data, source.address, to.nbytes, kinds.cudaMemcpyDeviceToHost)
        self._call(self._runtime.cudaMemcpyAsync, *arguments, stream.handle)

    def synchronise(self, stream: Stream) -> None:
        """See `Cuda.synchronise`."""
        self._call(self._runtime.cudaStreamSynchronize, stream.handle)

    def _call(self, function: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401
        return checked_call(self._runtime, function, *arguments)


def checked_call(runtime: Any, function: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401
    """Call a function of `cuda.bindings.runtime`, and return its one value, or None.

    Raises
    ------
    EngineError
        When it returns an error code.
    """
    code, *values = function(*arguments)
    if code != runtime.cudaError_t.cudaSuccess:
        _, said = runtime.cudaGetErrorString(code)
        raise _unusable(f"cuda-python, {function.__name__}", said.decode())
    return values[0] if values else None


def open_cuda() -> Cuda:
    """Open the first GPU with pycuda, or else with cuda-python.

    Raises
    ------
    EngineError
        When there is no GPU, no driver, or neither package.
    """
    reasons = []
    for name, opener in (("pycuda", PyCuda), ("cuda-python", CudaPython)):
        try:
            return opener()
        except ImportError as error:
            reasons.append(f"{name}: {error}")
        except EngineError as error:
            reasons.append(str(error))
    raise EngineError(
        f"no NVIDIA GPU can be used ({'; '.join(reasons)}): check the driver, or use another engine"
    )


def has_nvidia_device(devices: Path = Path("/dev")) -> bool:
    """Say whether the system knows a GPU of NVIDIA's: by its device, or by its driver's tool."""
    names = ("nvidia[0-9]*", "nvmap", "dxg")  # a card; a Jetson; Windows' GPU as Linux inside of it sees it
    return any(any(devices.glob(name)) for name in names) or shutil.which("nvidia-smi") is not None


def host_array(address: int, size_bytes: int, free: Callable[[], object]) -> Bytes:
    """View memory of the host as an array; it is freed with the last view."""
    import ctypes

    buffer = (ctypes.c_uint8 * size_bytes).from_address(address)
    weakref.finalize(buffer, free)
    return np.ctypeslib.as_array(buffer)


def size_bytes(shape: tuple[int, ...]) -> int:
    """Bytes of a float32 array of this shape."""
    return 4 * math.prod(shape)


class _Freed:
    """Frees something of the GPU when nobody refers to it any more."""

    def __init__(self, free: Callable[[Any], object], handle: object) -> None:
        weakref.finalize(self, free, handle)


def _unusable(package: str, reason: str) -> EngineError:
    return EngineError(f"{package}: {reason}")
