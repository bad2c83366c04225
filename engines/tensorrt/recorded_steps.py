"""What is queued on a stream again and again, recorded once and launched as a whole."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

from engines.errors import EngineError
from engines.tensorrt.cuda_memory import Stream, checked_call
from focstream.program.extras import install_hint

_MOST_KEPT = 16


class RecordedSteps:
    """Runs work of a stream: directly when it first comes (a warm-up), from then on as a CUDA graph.

    A graph holds the addresses that it was recorded with: ping-pong buffers need two. They count as the same
    work when their key is the same.

    Parameters
    ----------
    stream
        On which all of it runs.
    runtime
        ``cuda.bindings.runtime``; None = imported.

    Raises
    ------
    EngineError
        Without cuda-python, which records for pycuda's streams as well.
    """

    def __init__(self, stream: Stream, runtime: Any = None) -> None:  # noqa: ANN401 - a module
        if runtime is None:
            try:
                from cuda.bindings import runtime as imported
            except ImportError as error:
                raise EngineError(f"CUDA graphs need cuda-python ({error}); {install_hint('gpu')}") from None
            runtime = imported
        self._runtime = runtime
        self._stream = stream
        self._warm: set[Hashable] = set()
        self._graphs: OrderedDict[Hashable, Any] = OrderedDict()

    def run(self, key: Hashable, enqueue: Callable[[], None]) -> None:
        """Queue the work of this key; `enqueue` does so step by step, and must queue the same every time."""
        if key not in self._warm:
            if len(self._warm) >= _MOST_KEPT:
                self._warm.clear()
            self._warm.add(key)
            enqueue()
            return
        if key not in self._graphs:
            self._graphs[key] = self._record(enqueue)
            if len(self._graphs) > _MOST_KEPT:
                self._destroy(self._graphs.popitem(last=False)[1])
        self._graphs.move_to_end(key)
        self._call(self._runtime.cudaGraphLaunch, self._graphs[key], self._stream.handle)

    def _record(self, enqueue: Callable[[], None]) -> Any:  # noqa: ANN401 - a handle of the driver's
        mode = self._runtime.cudaStreamCaptureMode.cudaStreamCaptureModeThreadLocal
        self._call(self._runtime.cudaStreamBeginCapture, self._stream.handle, mode)
        try:
            enqueue()
        finally:  # a stream that is left recording can do nothing else
            graph = self._call(self._runtime.cudaStreamEndCapture, self._stream.handle)
        recorded = self._call(self._runtime.cudaGraphInstantiate, graph, 0)
        self._call(self._runtime.cudaGraphDestroy, graph)
        return recorded

    def _destroy(self, graph: Any) -> None:  # noqa: ANN401
        self._call(self._runtime.cudaStreamSynchronize, self._stream.handle)
        self._call(self._runtime.cudaGraphExecDestroy, graph)

    def _call(self, function: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401
        return checked_call(self._runtime, function, *arguments)
