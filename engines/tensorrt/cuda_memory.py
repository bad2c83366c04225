"""Memory and streams of an NVIDIA GPU, through NVIDIA's cuda-bindings, or else through pycuda.

Opening it proves that there is a GPU with a driver. TensorRT must not be touched before, because without a
driver it crashes instead of reporting an error.
"""

import contextlib
import importlib.metadata
import shutil
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from engines.errors import EngineError
from engines.tensorrt.driver import advice, driver_version

Bytes = NDArray[np.uint8]


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
    """A GPU. Copies are queued: pinned memory must stay as it is until the stream is synchronised."""

    @property
    def gpu(self) -> Gpu:
        """Which GPU it is."""
        ...

    @property
    def free_bytes(self) -> int:
        """Memory of the GPU that nobody has taken."""
        ...

    def current(self) -> AbstractContextManager[None]:
        """Make it the GPU of this thread, for those who do not say which one they mean, like TensorRT."""
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


class CudaPython(Cuda):
    """A GPU through NVIDIA's cuda-bindings; their runtime takes the primary context by itself.

    Parameters
    ----------
    runtime
        ``cuda.bindings.runtime``; None = imported.
    device
        Number of the GPU.
    """

    def __init__(self, runtime: Any = None, *, device: int = 0) -> None:  # noqa: ANN401 - a module
        if runtime is None:
            from cuda.bindings import runtime as imported

            runtime = imported
        self._runtime = runtime
        self._device = device
        require_device(device, self._call(runtime.cudaGetDeviceCount))
        properties = self._call(runtime.cudaGetDeviceProperties, device)
        self._gpu = Gpu(
            name=properties.name.decode().rstrip("\0"),
            capability=f"sm_{properties.major}{properties.minor}",
        )

    @property
    def gpu(self) -> Gpu:
        """See `Cuda.gpu`."""
        return self._gpu

    @property
    def free_bytes(self) -> int:
        """See `Cuda.free_bytes`."""
        with self.current():
            return int(self._call(self._runtime.cudaMemGetInfo)[0])

    @contextlib.contextmanager
    def current(self) -> Iterator[None]:
        """See `Cuda.current`; whichever it was before, it is again after."""
        before = self._call(self._runtime.cudaGetDevice)
        if before == self._device:
            yield
            return
        self._call(self._runtime.cudaSetDevice, self._device)
        try:
            yield
        finally:
            self._call(self._runtime.cudaSetDevice, before)

    def stream(self) -> Stream:
        """See `Cuda.stream`."""
        with self.current():
            handle = self._call(self._runtime.cudaStreamCreateWithFlags, self._runtime.cudaStreamNonBlocking)
        return Stream(handle=int(handle), owner=_Freed(self._runtime.cudaStreamDestroy, handle))

    def allocate(self, size_bytes: int) -> DeviceMemory:
        """See `Cuda.allocate`."""
        with self.current():
            address = self._call(self._runtime.cudaMalloc, size_bytes)
        return DeviceMemory(address=int(address), owner=_Freed(self._runtime.cudaFree, address))

    def pinned(self, size_bytes: int) -> Bytes:
        """See `Cuda.pinned`."""
        with self.current():
            address = self._call(self._runtime.cudaMallocHost, size_bytes)
        free = self._runtime.cudaFreeHost
        return host_array(int(address), size_bytes, lambda: free(address))

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
    """Call a function of `cuda.bindings.runtime`; return its value, all of them if several, or None.

    Raises
    ------
    EngineError
        When it returns an error code.
    """
    code, *values = function(*arguments)
    if code != runtime.cudaError_t.cudaSuccess:
        runtime.cudaGetLastError()  # else the next call that asks for it, such as TensorRT's, is blamed
        _, said = runtime.cudaGetErrorString(code)
        raise EngineError(f"{_package()}, {function.__name__}: {said.decode()}")
    return tuple(values) if len(values) > 1 else values[0] if values else None


def open_cuda(device: int = 0) -> Cuda:
    """Open a GPU with cuda-bindings, or else with pycuda.

    Raises
    ------
    EngineError
        When there is no such GPU, no driver, or neither package; it says which driver there is, and what to
        install for it.
    """
    reasons = []
    for name, opener in (("cuda-bindings", _open_cuda_python), ("pycuda", _open_pycuda)):
        try:
            return opener(device)
        except ImportError as error:
            reasons.append(f"{name}: {error}")
        except EngineError as error:
            reasons.append(str(error))
    raise EngineError(f"no NVIDIA GPU can be used ({'; '.join(reasons)}); {advice(driver_version())}")


def require_device(device: int, count: int) -> None:
    """Refuse a GPU that is not there.

    Raises
    ------
    EngineError
        When there are not that many.
    """
    if not 0 <= device < count:
        there = f"there are only 0 … {count - 1}" if count else "there is none"
        raise EngineError(f"no GPU {device}: {there} (CUDA_VISIBLE_DEVICES may hide some)")


def _open_cuda_python(device: int) -> Cuda:
    return CudaPython(device=device)


def _open_pycuda(device: int) -> Cuda:
    from engines.tensorrt.pycuda_memory import PyCuda

    return PyCuda(device)


def has_nvidia_device(devices: Path = Path("/dev")) -> bool:
    """Say whether the system knows a GPU of NVIDIA's: by its device, or by its driver's tool."""
    names = ("nvidia[0-9]*", "nvmap", "dxg")  # a card; a Jetson; Windows' GPU as Linux inside of it sees it
    return any(any(devices.glob(name)) for name in names) or shutil.which("nvidia-smi") is not None


def host_array(address: int, size_bytes: int, free: Callable[[], object]) -> Bytes:
    """View memory of the host as an array; it is freed with the last view."""
    import ctypes

    buffer = (ctypes.c_uint8 * size_bytes).from_address(address)
    weakref.finalize(buffer, free).atexit = False
    return np.ctypeslib.as_array(buffer)


class _Freed:
    """Frees something of the GPU when nobody refers to it any more.

    At the end of the process the driver frees all: TensorRT's objects, which die late, may still use it.
    """

    def __init__(self, free: Callable[[Any], object], handle: object) -> None:
        weakref.finalize(self, free, handle).atexit = False


def _package() -> str:
    """Name what is called, with its version if it is installed."""
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        return f"cuda-bindings {importlib.metadata.version('cuda-bindings')}"
    return "cuda-bindings"
