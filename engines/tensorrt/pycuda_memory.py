"""Memory and streams of an NVIDIA GPU through pycuda."""

import contextlib
import ctypes
import sys
import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np

from engines.errors import EngineError
from engines.tensorrt.cuda_memory import Bytes, Cuda, DeviceMemory, Gpu, Stream, host_array, require_device

_NON_BLOCKING = 1  # CU_STREAM_NON_BLOCKING, which pycuda has no name for


class PyCuda(Cuda):
    """A GPU through pycuda, in the context that TensorRT takes as well (the primary one).

    Parameters
    ----------
    device
        Number of the GPU.
    """

    def __init__(self, device: int = 0) -> None:
        import pycuda
        import pycuda.driver as driver

        self._driver = driver
        self._package = f"pycuda {pycuda.VERSION_TEXT}"
        try:
            driver.init()
            require_device(device, driver.Device.count())
            gpu = driver.Device(device)
            self._context = gpu.retain_primary_context()
        except driver.Error as error:
            raise EngineError(f"{self._package}: {error}") from None
        self._release = weakref.finalize(self, _release, self._context)
        major, minor = gpu.compute_capability()
        self._gpu = Gpu(name=gpu.name(), capability=f"sm_{major}{minor}")

    @property
    def gpu(self) -> Gpu:
        """See `Cuda.gpu`."""
        return self._gpu

    @property
    def free_bytes(self) -> int:
        """See `Cuda.free_bytes`."""
        with self.current():
            return int(self._driver.mem_get_info()[0])

    def stream(self) -> Stream:
        """See `Cuda.stream`."""
        with self.current():
            made = self._driver.Stream(_NON_BLOCKING)
        return Stream(handle=int(made.handle), owner=_Kept(self, made))

    def allocate(self, size_bytes: int) -> DeviceMemory:
        """See `Cuda.allocate`."""
        with self.current():
            made = self._driver.mem_alloc(size_bytes)
        return DeviceMemory(address=int(made), owner=_Kept(self, made))

    def pinned(self, size_bytes: int) -> Bytes:
        """See `Cuda.pinned`."""
        with self.current():
            made = self._driver.pagelocked_empty(size_bytes, np.uint8)
        kept = _Kept(self, made)
        return host_array(made.ctypes.data, size_bytes, lambda: kept)  # dropped with the last view

    def copy(self, to: DeviceMemory | Bytes, source: DeviceMemory | Bytes, stream: Stream) -> None:
        """See `Cuda.copy`."""
        owner = stream.owner.made  # type: ignore[attr-defined]
        with self.current():
            if isinstance(to, DeviceMemory):
                self._driver.memcpy_htod_async(to.address, source, owner)
            elif isinstance(source, DeviceMemory):
                self._driver.memcpy_dtoh_async(to, source.address, owner)

    def synchronise(self, stream: Stream) -> None:
        """See `Cuda.synchronise`."""
        with self.current():
            stream.owner.made.synchronize()  # type: ignore[attr-defined]

    @contextlib.contextmanager
    def current(self) -> Iterator[None]:
        """See `Cuda.current`; pycuda reports what failed by exceptions of its own."""
        try:
            self._context.push()
            try:
                yield
            finally:
                self._context.pop()
        except self._driver.Error as error:
            raise EngineError(f"{self._package}, {self._gpu.name}: {error}") from None


class _Kept:
    """Keeps something of pycuda's, which can be dropped in its context alone, in whichever thread."""

    def __init__(self, cuda: PyCuda, made: Any) -> None:  # noqa: ANN401
        self._kept = [made]
        weakref.finalize(self, _drop, cuda, self._kept).atexit = False

    @property
    def made(self) -> Any:  # noqa: ANN401
        """What pycuda made."""
        return self._kept[0]


def _release(context: Any) -> None:  # noqa: ANN401
    """Give back the primary context: by itself, pycuda would detach from it, which drivers may refuse.

    pycuda does so only where it is current, or in the thread that opened it; and it leaves it current there,
    where other libraries would take it.
    """
    context.push()
    library = ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    library.cuCtxPopCurrent_v2(ctypes.byref(ctypes.c_void_p()))
    context.detach()


def _drop(cuda: PyCuda, kept: list[Any]) -> None:
    with cuda.current():
        kept.clear()
