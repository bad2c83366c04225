"""A GPU of host memory, for rehearsals."""

import contextlib
import weakref
from collections.abc import Callable
from contextlib import AbstractContextManager

import numpy as np

from engines.errors import EngineError
from engines.tensorrt.cuda_memory import Bytes, Cuda, DeviceMemory, Gpu, Stream

Work = Callable[[], None]
_NAN_BYTE = 0xFF
_ALIGNED = 256
_TOTAL_BYTES = 1 << 40
"""It is not taken before it is asked for."""


class HostCuda(Cuda):
    """A GPU of host memory. What is queued is done when the stream is synchronised, and not before.

    So memory that is changed or used again too early is found out. New memory holds NaN.
    """

    def __init__(self) -> None:
        self.captures: dict[int, list[Work]] = {}
        self._queues: dict[int, list[Work]] = {}
        self._memory: dict[int, Bytes] = {}

    @property
    def gpu(self) -> Gpu:
        """See `Cuda.gpu`."""
        return Gpu(name="host memory", capability="sm_89")

    @property
    def free_bytes(self) -> int:
        """See `Cuda.free_bytes`."""
        return _TOTAL_BYTES - sum(memory.nbytes for memory in self._memory.values())

    def current(self) -> AbstractContextManager[None]:
        """See `Cuda.current`."""
        return contextlib.nullcontext()

    def stream(self) -> Stream:
        """See `Cuda.stream`."""
        handle = len(self._queues) + 1
        self._queues[handle] = []
        return Stream(handle=handle, owner=self)

    def allocate(self, size_bytes: int) -> DeviceMemory:
        """See `Cuda.allocate`."""
        if size_bytes > self.free_bytes:
            raise EngineError(f"host memory: {size_bytes} bytes are more than there are")
        room = np.full(size_bytes + _ALIGNED, _NAN_BYTE, np.uint8)
        skipped = -room.ctypes.data % _ALIGNED
        memory = room[skipped : skipped + size_bytes]
        address = memory.ctypes.data
        self._memory[address] = memory
        owner = _Owner()
        weakref.finalize(owner, self._memory.pop, address)
        return DeviceMemory(address=address, owner=owner)

    def pinned(self, size_bytes: int) -> Bytes:
        """See `Cuda.pinned`."""
        return np.full(size_bytes, _NAN_BYTE, np.uint8)

    def copy(self, to: DeviceMemory | Bytes, source: DeviceMemory | Bytes, stream: Stream) -> None:
        """See `Cuda.copy`."""
        one, other = self._bytes(to), self._bytes(source)
        size = min(one.size, other.size)
        self.queue(stream.handle, lambda: np.copyto(one[:size], other[:size]))

    def queue(self, stream: int, work: Work) -> None:
        """Queue other work, as kernels are; or record it."""
        self.captures.get(stream, self._queues[stream]).append(work)

    def synchronise(self, stream: Stream) -> None:
        """See `Cuda.synchronise`."""
        self.finish(stream.handle)

    def finish(self, stream: int) -> None:
        """Do all that was queued."""
        queue = self._queues[stream]
        while queue:
            queue.pop(0)()

    def _bytes(self, memory: DeviceMemory | Bytes) -> Bytes:
        return self._memory[memory.address] if isinstance(memory, DeviceMemory) else memory


class _Owner:
    """Its last reference frees the memory."""
