"""Named arrays in the memory of a GPU: many in one piece of memory, copied in one go."""

import heapq
import itertools
import math
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.tensorrt.cuda_memory import Bytes, Cuda, DeviceMemory, host_array

Shapes = Mapping[str, tuple[int, ...]]
Kinds = Mapping[str, np.dtype[Any]]
"""Types of arrays by their names; those without one are float32."""
Array = NDArray[Any]
_FLOAT = np.dtype(np.float32)
_ALIGNED_BYTES = 256
_STAGED = 2
_MOST_LENT = 8


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False, kw_only=True)
class DeviceArrays:
    """Arrays that lie side by side; their memory is used again when nobody refers to this object any more."""

    memory: DeviceMemory
    shapes: Shapes
    kinds: Kinds
    offsets: Mapping[str, int]
    total_bytes: int

    @property
    def addresses(self) -> dict[str, int]:
        """Where each array begins."""
        return {name: self.memory.address + offset for name, offset in self.offsets.items()}


class DevicePool:
    """Hands out arrays of one GPU, and copies them, all in the order of one stream.

    Memory that came back is handed out again at once: what is queued to read it is done before what is queued
    later writes it. So steady streaming allocates nothing. What was made first is handed out first: the same
    addresses come again and again, as CUDA graphs need it.
    """

    def __init__(self, cuda: Cuda) -> None:
        self._cuda = cuda
        self.stream = cuda.stream()
        self._free: dict[int, list[tuple[int, DeviceMemory]]] = {}
        self._numbers = itertools.count()
        self._staging: dict[int, list[Bytes]] = {}
        self._in_flight: list[tuple[int, Bytes]] = []
        self._lent: set[int] = set()

    def take(self, shapes: Shapes, kinds: Kinds | None = None) -> DeviceArrays:
        """Return arrays of these shapes and types; their values are undefined."""
        kinds = {name: (kinds or {}).get(name, _FLOAT) for name in shapes}
        offsets, total = _layout(shapes, kinds)
        free = self._free.setdefault(total, [])
        number, memory = heapq.heappop(free) if free else (next(self._numbers), self._cuda.allocate(total))
        arrays = DeviceArrays(
            memory=memory, shapes=dict(shapes), kinds=kinds, offsets=offsets, total_bytes=total
        )
        weakref.finalize(arrays, heapq.heappush, free, (number, memory)).atexit = False
        return arrays

    def upload(self, values: Mapping[str, Array]) -> DeviceArrays:
        """Queue a copy of these arrays to the GPU; they may be changed at once."""
        arrays = self.take(
            {name: value.shape for name, value in values.items()},
            {name: value.dtype.newbyteorder("=") for name, value in values.items()},
        )
        staging = self._stage(arrays.total_bytes)
        for name, view in _views(staging, arrays).items():
            view[...] = values[name]
        self._cuda.copy(arrays.memory, staging, self.stream)
        self._in_flight.append((arrays.total_bytes, staging))
        return arrays

    def download(self, arrays: DeviceArrays) -> dict[str, Array]:
        """Wait for all that was queued, and return the values, in memory of their own.

        It is the memory that the GPU wrote to; the pool has it again when nobody holds any of the values any
        more. Who holds many gets copies: pinned memory is short.
        """
        staging = self._stage(arrays.total_bytes)
        self._cuda.copy(staging, arrays.memory, self.stream)
        self.synchronise()
        copied = len(self._lent) >= _MOST_LENT
        lent = self._lend(staging, arrays.total_bytes)
        return {name: view.copy() if copied else view for name, view in _views(lent, arrays).items()}

    def synchronise(self) -> None:
        """Wait for all that was queued."""
        self._cuda.synchronise(self.stream)
        for size, staging in self._in_flight:
            self._staging.setdefault(size, []).append(staging)
        self._in_flight.clear()

    def _lend(self, staging: Bytes, size: int) -> Bytes:
        """Return the memory of `staging`; whichever thread drops the last view of it gives it back."""
        lent, idle, address = self._lent, self._staging.setdefault(size, []), staging.ctypes.data

        def give_back() -> None:
            lent.discard(address)
            idle.append(staging)

        lent.add(address)
        return host_array(address, staging.nbytes, give_back)

    def _stage(self, size: int) -> Bytes:
        """Return pinned memory that no queued copy reads any more."""
        if len(self._in_flight) >= _STAGED:
            self.synchronise()
        idle = self._staging.setdefault(size, [])
        return idle.pop() if idle else self._cuda.pinned(size)


def _layout(shapes: Shapes, kinds: Kinds) -> tuple[dict[str, int], int]:
    """Return where arrays begin, aligned as GPUs like it, and where the last one ends."""
    offsets = {}
    total = 0
    for name, shape in shapes.items():
        offsets[name] = total
        total += -(-_size_bytes(shape, kinds[name]) // _ALIGNED_BYTES) * _ALIGNED_BYTES
    return offsets, total


def _views(staging: Bytes, arrays: DeviceArrays) -> dict[str, Array]:
    return {name: _view(staging[offset:], arrays, name) for name, offset in arrays.offsets.items()}


def _view(staging: Bytes, arrays: DeviceArrays, name: str) -> Array:
    shape, kind = arrays.shapes[name], arrays.kinds[name]
    return staging[: _size_bytes(shape, kind)].view(kind).reshape(shape)


def _size_bytes(shape: tuple[int, ...], kind: np.dtype[Any]) -> int:
    return kind.itemsize * math.prod(shape)
