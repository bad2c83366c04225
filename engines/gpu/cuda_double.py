"""A double of ``cuda.bindings.runtime`` on host memory, for what only needs memory, streams and graphs.

What is queued on a stream is done when the stream is synchronised, and not before: who changes or frees
memory too early is found out. New memory holds NaN.
"""
# ruff: noqa: ARG002, D101, D102, N801, N802, N815 - names and arguments are NVIDIA's

import ctypes
from collections.abc import Callable
from enum import IntEnum
from types import SimpleNamespace
from typing import Any

import numpy as np

NAN_BYTE = 0xFF
TOTAL_BYTES = 2**30
_ALIGNED = 256


class cudaError_t(IntEnum):
    cudaSuccess = 0
    cudaErrorInvalidValue = 1
    cudaErrorMemoryAllocation = 2
    cudaErrorInsufficientDriver = 35
    cudaErrorNoDevice = 100
    cudaErrorStreamCaptureUnsupported = 900
    cudaErrorStreamCaptureInvalidated = 901


class cudaMemcpyKind(IntEnum):
    cudaMemcpyHostToDevice = 1
    cudaMemcpyDeviceToHost = 2


class cudaStreamCaptureMode(IntEnum):
    cudaStreamCaptureModeThreadLocal = 1


Work = Callable[[], None]
Code = cudaError_t
CopyKind = cudaMemcpyKind
CaptureMode = cudaStreamCaptureMode
OK = cudaError_t.cudaSuccess
INVALID = cudaError_t.cudaErrorInvalidValue


class CudaDouble:
    """GPUs with one memory, and what was done with it.

    Frees and waits while a stream is recorded spoil the recording, as those of the same thread do in CUDA.
    With `records` False no recording succeeds.
    """

    cudaError_t = cudaError_t
    cudaMemcpyKind = cudaMemcpyKind
    cudaStreamCaptureMode = cudaStreamCaptureMode
    cudaStreamNonBlocking = 1

    def __init__(
        self,
        *,
        devices: int = 1,
        problem: Code = OK,
        records: bool = True,
        total_bytes: int = TOTAL_BYTES,
    ) -> None:
        self.total_bytes = total_bytes
        self.devices = devices
        self.problem = problem
        self.device: dict[int, Any] = {}
        self.host: dict[int, Any] = {}
        self.streams: dict[int, list[Work]] = {}
        self.captures: dict[int, list[Work]] = {}
        self.graphs: dict[int, list[Work]] = {}
        self.launched = self.recorded = self.compiled = 0
        self.records = self.capturable = records
        self.loggers: list[object] = []
        self.copied_bytes = dict.fromkeys(cudaMemcpyKind, 0)
        self.ran: list[frozenset[tuple[str, tuple[int, ...]]]] = []
        self.spoilt: set[int] = set()
        self.current = 0
        self.used_on: set[int] = set()
        self.last_error: Code = OK
        self._handles = 7000

    def queue(self, stream: int, work: Work) -> None:
        """Let other doubles queue work."""
        self.captures.get(stream, self.streams[stream]).append(work)

    def cudaGetDeviceCount(self) -> tuple[Code, int | None]:
        return (self.problem, self.devices if self.problem is OK else None)

    def cudaGetErrorString(self, code: Code) -> tuple[Code, bytes]:
        return OK, code.name.encode()

    def cudaGetDeviceProperties(self, device: int) -> tuple[Code, SimpleNamespace]:
        return OK, SimpleNamespace(name=b"Double 4090" + bytes(20), major=8, minor=9)

    def cudaGetDevice(self) -> tuple[Code, int]:
        return OK, self.current

    def cudaSetDevice(self, device: int) -> tuple[Code]:
        self.current = device
        return (OK,)

    def cudaMemGetInfo(self) -> tuple[Code, int, int]:
        return OK, self._free_bytes(), self.total_bytes

    def cudaGetLastError(self) -> tuple[Code]:
        found, self.last_error = self.last_error, OK
        return (found,)

    def cudaMalloc(self, size: int) -> tuple[Code, int | None]:
        self.used_on.add(self.current)
        if size > self._free_bytes():
            self.last_error = cudaError_t.cudaErrorMemoryAllocation
            return self.last_error, None
        return OK, self._memory(self.device, size)

    def cudaMallocHost(self, size: int) -> tuple[Code, int]:
        return OK, self._memory(self.host, size)

    def cudaFree(self, address: int) -> tuple[Code]:
        self.spoilt |= set(self.captures)
        return (OK if self.device.pop(address, None) is not None else INVALID,)

    def cudaFreeHost(self, address: int) -> tuple[Code]:
        return (OK if self.host.pop(address, None) is not None else INVALID,)

    def cudaMemcpyAsync(self, to: int, source: int, size: int, kind: CopyKind, stream: int) -> tuple[Code]:
        upward = kind is cudaMemcpyKind.cudaMemcpyHostToDevice
        sides = (self.device, self.host) if upward else (self.host, self.device)
        if not all(holds(side, at, size) for side, at in zip(sides, (to, source), strict=True)):
            return (INVALID,)
        self.copied_bytes[kind] += size
        self.queue(stream, lambda: _move(to, source, size))
        return (OK,)

    def cudaStreamCreateWithFlags(self, flags: int) -> tuple[Code, int]:
        stream = self._handle()
        self.streams[stream] = []
        return OK, stream

    def cudaStreamDestroy(self, stream: int) -> tuple[Code]:
        return (OK if self.streams.pop(stream, None) is not None else INVALID,)

    def cudaStreamSynchronize(self, stream: int) -> tuple[Code]:
        if stream in self.captures:
            self.spoilt.add(stream)
            return (cudaError_t.cudaErrorStreamCaptureUnsupported,)
        for work in self.streams[stream]:
            work()
        self.streams[stream].clear()
        return (OK,)

    def cudaStreamBeginCapture(self, stream: int, mode: CaptureMode) -> tuple[Code]:
        self.captures[stream] = []
        return (OK,)

    def cudaStreamEndCapture(self, stream: int) -> tuple[Code, int | None]:
        work = self.captures.pop(stream)
        if stream in self.spoilt or not self.records:
            self.spoilt.discard(stream)
            self.last_error = cudaError_t.cudaErrorStreamCaptureInvalidated
            return self.last_error, None
        graph = self._handle()
        self.graphs[graph] = work
        self.recorded += 1
        return OK, graph

    def cudaGraphInstantiate(self, graph: int, flags: int) -> tuple[Code, int]:
        recorded = self._handle()
        self.graphs[recorded] = list(self.graphs[graph])
        return OK, recorded

    def cudaGraphDestroy(self, graph: int) -> tuple[Code]:
        return (OK if self.graphs.pop(graph, None) is not None else INVALID,)

    def cudaGraphExecDestroy(self, graph: int) -> tuple[Code]:
        return (OK if self.graphs.pop(graph, None) is not None else INVALID,)

    def cudaGraphLaunch(self, graph: int, stream: int) -> tuple[Code]:
        for work in self.graphs[graph]:
            self.queue(stream, work)
        self.launched += 1
        return (OK,)

    def _free_bytes(self) -> int:
        return self.total_bytes - sum(memory.nbytes for memory in self.device.values())

    def _memory(self, where: dict[int, Any], size: int) -> int:
        room = np.full(size + _ALIGNED, NAN_BYTE, np.uint8)
        start = -room.ctypes.data % _ALIGNED
        memory = room[start : start + size]
        where[memory.ctypes.data] = memory
        return memory.ctypes.data

    def _handle(self) -> int:
        self._handles += 1
        return self._handles


def holds(memory: dict[int, Any], address: int, size: int) -> bool:
    """Whether a piece of memory that was not freed holds all of this."""
    return any(start <= address and address + size <= start + m.nbytes for start, m in memory.items())


def _move(to: int, source: int, size: int) -> None:
    ctypes.memmove(to, source, size)
