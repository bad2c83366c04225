"""Work that is the same with every slice: done step by step, or recorded once and launched as a whole."""

import gc
import logging
from collections.abc import Callable, Hashable, Sequence
from typing import Protocol

import torch

_log = logging.getLogger(__name__)

Compute = Callable[[], None]
"""Reads and writes tensors that stay where they are; done twice, it gives the same again."""


class Programs(Protocol):
    """Does work of which it may remember how."""

    @property
    def records(self) -> bool:
        """Whether work is recorded: False once it could not be."""
        ...

    def run(self, name: Hashable, ways: Sequence[Compute], which: int) -> None:
        """Do one of the ways that go by this name, such as from one state to the other or back."""
        ...


class Direct(Programs):
    """Does everything step by step."""

    @property
    def records(self) -> bool:
        """See `Programs.records`."""
        return False

    def run(self, name: Hashable, ways: Sequence[Compute], which: int) -> None:
        """See `Programs.run`."""
        del name
        ways[which]()


class CudaGraphs(Programs):
    """Records all ways of a name as CUDA graphs when it is first used, and launches these from then on.

    What cannot be recorded is done step by step for good, and a warning says so once.

    Parameters
    ----------
    stream
        On which all of it runs.
    """

    def __init__(self, stream: torch.cuda.Stream) -> None:
        self._stream = stream
        # All share their memory: one runs at a time, and results lie elsewhere.
        self._pool = torch.cuda.graph_pool_handle()
        self._graphs: dict[Hashable, tuple[torch.cuda.CUDAGraph, ...]] = {}
        self._fails = False

    @property
    def records(self) -> bool:
        """See `Programs.records`."""
        return not self._fails

    def run(self, name: Hashable, ways: Sequence[Compute], which: int) -> None:
        """See `Programs.run`."""
        recorded = self._graphs.get(name)
        if recorded is not None:
            recorded[which].replay()
            return
        ways[which]()  # libraries choose kernels and take memory now; recording must do neither
        if self._fails:
            return
        try:
            self._graphs[name] = tuple(self._record(way) for way in ways)
        except RuntimeError as error:
            self._fails = True
            _log.warning(
                "torch on CUDA cannot record steps (%s); they are queued one by one, which is slower",
                _first_line(error),
            )

    def _record(self, way: Compute) -> torch.cuda.CUDAGraph:
        graph = torch.cuda.CUDAGraph()
        collects = gc.isenabled()
        gc.disable()  # memory of the GPU that is freed meanwhile would spoil what is recorded
        try:
            with torch.cuda.graph(
                graph, pool=self._pool, stream=self._stream, capture_error_mode="thread_local"
            ):
                way()
        finally:
            if collects:
                gc.enable()
        return graph


def _first_line(error: BaseException) -> str:
    """Return what went wrong first: that the recording cannot end is said on top of it."""
    while error.__context__ is not None:
        error = error.__context__
    return str(error).partition("\n")[0]
