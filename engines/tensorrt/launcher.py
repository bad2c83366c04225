"""Queues runs of graphs on a stream: plans are loaded when they are first wanted, and work is recorded."""

import weakref
from pathlib import Path

from engines.tensorrt.borders import Ports, Wanted
from engines.tensorrt.cuda_memory import Cuda, Stream
from engines.tensorrt.part import TensorRtPart, TensorRtRuntime
from engines.tensorrt.plans import TensorRtPlans
from engines.tensorrt.recorded_steps import RecordedSteps
from engines.tensorrt.runs import Run


class Launcher:
    """Runs plans on one stream of one GPU.

    Parameters
    ----------
    plans
        Of one network.
    cuda, stream
        The GPU.
    steps
        Records; None = all is queued one operation at a time.
    """

    def __init__(
        self, plans: TensorRtPlans, *, cuda: Cuda, stream: Stream, steps: RecordedSteps | None
    ) -> None:
        self._plans = plans
        self._cuda = cuda
        self._stream = stream
        self._steps = steps
        with cuda.current():
            self._runtime = TensorRtRuntime(plans.tensorrt)
        self._parts: dict[Wanted, TensorRtPart] = {}
        self._close = weakref.finalize(self, _close, steps, self._parts)

    @property
    def records(self) -> bool:
        """Whether work is launched as CUDA graphs: False once it could not be."""
        return self._steps is not None and self._steps.records

    def close(self) -> None:
        """Give back graphs and plans; nothing can be run then."""
        self._close()

    def load(self, wanted: Wanted) -> TensorRtPart:
        """Return a plan, ready to run."""
        found = self._parts.get(wanted)
        if found is None:
            with self._cuda.current():
                found = self._parts[wanted] = self._plans.get(wanted, self._loaded)[0]
        return found

    def launch(self, *runs: Run) -> None:
        """Queue runs, one behind the other; those of single images are recorded as one CUDA graph."""
        loaded = [(self.load(run.wanted), run) for run in runs]
        handle = self._stream.handle

        def enqueue() -> None:
            for part, run in loaded:
                part.enqueue(run.inputs, run.outputs, handle)

        with self._cuda.current():
            if self._steps is None or any(run.wanted.shape[0] > 1 for run in runs):
                enqueue()
                return
            if not all(part.can_be_recorded(handle) for part, _ in loaded):
                self._steps.stop("TensorRT says that this plan cannot be recorded")
            key = [(run.wanted, *run.inputs.values(), *run.outputs.values()) for run in runs]
            self._steps.run(tuple(key), enqueue)

    def keep_kernels(self) -> None:
        """Keep what was compiled for all that is loaded; work must be done by then."""
        with self._cuda.current():
            for part in self._parts.values():
                part.keep_kernels()

    def _loaded(self, plan: bytes, name: str, ports: Ports, kernels: Path) -> TensorRtPart:
        return self._runtime.load(plan, name=name, ports=ports, kernels=kernels)


def _close(steps: RecordedSteps | None, parts: dict[Wanted, TensorRtPart]) -> None:
    """Give back graphs before the contexts that they were recorded from."""
    if steps is not None:
        steps.close()
    parts.clear()
