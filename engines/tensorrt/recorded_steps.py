"""What is queued on a stream again and again, recorded once and launched as a whole."""

import contextlib
import gc
import logging
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from typing import Any

from engines.errors import EngineError
from engines.tensorrt.cuda_memory import Stream, checked_call
from focstream.program.extras import install_hint

_log = logging.getLogger(__name__)

_MOST_KEPT = 64
"""Those of two formats of images: up to 28 each, for 8 and 16 bits and both policies."""


class RecordedSteps:
    """Runs work of a stream: directly when it first comes (a warm-up), from then on as a CUDA graph.

    A graph holds the addresses that it was recorded with: ping-pong buffers need two. They count as the same
    work when their key is the same. Where recording fails, all work runs directly from then on, and a warning
    says so once.

    Parameters
    ----------
    stream
        On which all of it runs.
    runtime
        ``cuda.bindings.runtime``; None = imported.

    Raises
    ------
    EngineError
        Without cuda-bindings, which record for pycuda's streams as well.
    """

    def __init__(self, stream: Stream, runtime: Any = None) -> None:  # noqa: ANN401 - a module
        if runtime is None:
            try:
                from cuda.bindings import runtime as imported
            except ImportError as error:
                raise EngineError(
                    f"CUDA graphs need cuda-bindings ({error}); {install_hint('gpu')}"
                ) from None
            runtime = imported
        self._runtime = runtime
        self._stream = stream
        self._warm: set[Hashable] = set()
        self._graphs: OrderedDict[Hashable, Any] = OrderedDict()
        self._records = True
        self._close = weakref.finalize(self, _close, runtime, stream, self._graphs)

    @property
    def records(self) -> bool:
        """Whether work is recorded: False once it could not be."""
        return self._records

    def run(self, key: Hashable, enqueue: Callable[[], None]) -> None:
        """Queue the work of this key; `enqueue` does so step by step, and must queue the same every time."""
        if not self._records:
            enqueue()
        elif key not in self._warm:
            self._warm_up(key, enqueue)
        elif key in self._graphs or self._record(key, enqueue):
            self._graphs.move_to_end(key)
            self._call(self._runtime.cudaGraphLaunch, self._graphs[key], self._stream.handle)
        else:
            enqueue()

    def stop(self, reason: str) -> None:
        """Run all work directly from now on."""
        if self._records:
            _log.warning("CUDA graphs are not used, which costs time in every slice: %s", reason)
        self._records = False

    def close(self) -> None:
        """Wait for what was launched, and give back the graphs."""
        self._close()

    def _warm_up(self, key: Hashable, enqueue: Callable[[], None]) -> None:
        """Run it directly, and wait: what is done only once must be done when it is recorded."""
        if len(self._warm) >= _MOST_KEPT:
            self._warm.clear()
        self._warm.add(key)
        enqueue()
        self._call(self._runtime.cudaStreamSynchronize, self._stream.handle)

    def _record(self, key: Hashable, enqueue: Callable[[], None]) -> bool:
        """Record, and say whether that could be done; nothing was run then."""
        try:
            self._graphs[key] = self._recorded(enqueue)
        except EngineError as error:
            self.stop(str(error))
            return False
        if len(self._graphs) > _MOST_KEPT:
            self._call(self._runtime.cudaStreamSynchronize, self._stream.handle)
            self._call(self._runtime.cudaGraphExecDestroy, self._graphs.popitem(last=False)[1])
        return True

    def _recorded(self, enqueue: Callable[[], None]) -> Any:  # noqa: ANN401 - a handle of the driver's
        mode = self._runtime.cudaStreamCaptureMode.cudaStreamCaptureModeThreadLocal
        with _no_collection():
            self._call(self._runtime.cudaStreamBeginCapture, self._stream.handle, mode)
            try:
                enqueue()
            except BaseException:
                self._abandon()
                raise
            graph = self._call(self._runtime.cudaStreamEndCapture, self._stream.handle)
        try:
            return self._call(self._runtime.cudaGraphInstantiate, graph, 0)
        finally:
            self._runtime.cudaGraphDestroy(graph)

    def _abandon(self) -> None:
        """End a recording that failed: else its stream can do nothing else. What is said now is no news."""
        code, graph = self._runtime.cudaStreamEndCapture(self._stream.handle)
        if code == self._runtime.cudaError_t.cudaSuccess and graph:
            self._runtime.cudaGraphDestroy(graph)
        self._runtime.cudaGetLastError()

    def _call(self, function: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401
        return checked_call(self._runtime, function, *arguments)


def _close(runtime: Any, stream: Stream, graphs: OrderedDict[Hashable, Any]) -> None:  # noqa: ANN401
    """Destroy graphs; whatever fails now, at the end of the process or behind an error, is no news."""
    if graphs:
        runtime.cudaStreamSynchronize(stream.handle)
    while graphs:
        runtime.cudaGraphExecDestroy(graphs.popitem()[1])


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """Keep Python from freeing what lies in cycles: to free memory of a GPU would spoil a recording."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
