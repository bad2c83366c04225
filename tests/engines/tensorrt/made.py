"""The TensorRT runner on the doubles."""

from pathlib import Path

from engines.gpu.cuda_double import CudaDouble
from engines.graphs.folder import Graphs
from engines.precisions import GraphPrecision
from engines.tensorrt.cuda_memory import CudaPython
from engines.tensorrt.package import TensorRt
from engines.tensorrt.recorded_steps import RecordedSteps
from engines.tensorrt.runner import TensorRtRunner
from tests.engines.tensorrt.tensorrt_double import bindings


def make_runner(
    graphs: Graphs,
    cache: Path,
    cuda: CudaDouble,
    *,
    precision: GraphPrecision = "f32",
    recorded: bool = False,
    name: str = "tensorrt",
    device: int = 0,
) -> TensorRtRunner:
    return TensorRtRunner(
        graphs,
        cuda=CudaPython(cuda, device=device),
        tensorrt=TensorRt(name=name, module=bindings(cuda, name=name)),
        precision=precision,
        cache=cache,
        recorder=(lambda stream: RecordedSteps(stream, cuda)) if recorded else None,
    )
