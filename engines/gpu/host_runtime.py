"""What records steps, as ``cuda.bindings.runtime`` does, on the queues of `HostCuda`."""
# ruff: noqa: N802, N815 - the names are NVIDIA's

from enum import IntEnum

from engines.gpu.host_cuda import HostCuda, Work


class Error(IntEnum):
    """As NVIDIA's."""

    cudaSuccess = 0
    cudaErrorInvalidValue = 1


class CaptureMode(IntEnum):
    """As NVIDIA's."""

    cudaStreamCaptureModeThreadLocal = 1


OK = Error.cudaSuccess
Done = tuple[Error]


class HostRuntime:
    """Records and launches what is queued on one GPU of host memory."""

    cudaError_t = Error
    cudaStreamCaptureMode = CaptureMode

    def __init__(self, host: HostCuda) -> None:
        self._host = host
        self._graphs: dict[int, list[Work]] = {}
        self._handles = 0

    def cudaStreamBeginCapture(self, stream: int, mode: CaptureMode) -> Done:
        """Record from now on."""
        del mode
        self._host.captures[stream] = []
        return (OK,)

    def cudaStreamEndCapture(self, stream: int) -> tuple[Error, int]:
        """Return the graph."""
        return OK, self._keep(self._host.captures.pop(stream))

    def cudaGraphInstantiate(self, graph: int, flags: int) -> tuple[Error, int]:
        """Return what can be launched."""
        del flags
        return OK, self._keep(self._graphs[graph])

    def cudaGraphLaunch(self, graph: int, stream: int) -> Done:
        """Queue all of it."""
        for work in self._graphs[graph]:
            self._host.queue(stream, work)
        return (OK,)

    def cudaGraphDestroy(self, graph: int) -> Done:
        """Forget a graph."""
        return (OK if self._graphs.pop(graph, None) is not None else Error.cudaErrorInvalidValue,)

    def cudaGraphExecDestroy(self, graph: int) -> Done:
        """Forget what can be launched."""
        return self.cudaGraphDestroy(graph)

    def cudaStreamSynchronize(self, stream: int) -> Done:
        """Do all that was queued."""
        self._host.finish(stream)
        return (OK,)

    def cudaGetLastError(self) -> Done:
        """Return no error."""
        return (OK,)

    def cudaGetErrorString(self, code: Error) -> tuple[Error, bytes]:
        """Name an error."""
        return OK, code.name.encode()

    def _keep(self, works: list[Work]) -> int:
        self._handles += 1
        self._graphs[self._handles] = list(works)
        return self._handles
