"""TensorRT's plans: how long they take to build, and how large they are."""

import time
from pathlib import Path

from engines.errors import EngineError
from engines.gpu.findings import Findings, StageWork, Table
from engines.gpu.gpu_or_double import open_gpu
from engines.graphs.folder import GraphPart, Graphs, read_graphs, shipped_graphs
from engines.precisions import GraphPrecision
from engines.tensorrt.cuda_memory import Gpu
from engines.tensorrt.package import TensorRt, find_tensorrt
from engines.tensorrt.plans import TensorRtPlans

_SIZES_PX = ((256, 256), (480, 640))
_PRECISIONS: tuple[GraphPrecision, ...] = ("f16", "f32")


def plans(work: StageWork) -> Findings:
    """Build the step of both sizes and precisions into the folder of the report."""
    gpu = open_gpu(rehearse=work.rehearse).gpu
    if work.rehearse:
        return Findings(not_run="a rehearsal has no TensorRT")
    try:
        tensorrt = find_tensorrt()
    except EngineError as error:
        return Findings(not_run=str(error))
    graphs = read_graphs(shipped_graphs("small"))
    cases = [(size_px, precision) for size_px in _SIZES_PX for precision in _PRECISIONS]
    rows = tuple(_row(graphs, tensorrt, gpu, work.out / "plans", *case) for case in cases)
    table = Table(
        title=f"Plans of a step, {tensorrt.name} {tensorrt.version}",
        head=("images", "precision", "s", "MiB"),
        rows=rows,
    )
    return Findings(tables=(table,))


def _row(
    graphs: Graphs,
    tensorrt: TensorRt,
    gpu: Gpu,
    cache: Path,
    size_px: tuple[int, int],
    precision: GraphPrecision,
) -> tuple[str, ...]:
    plans = TensorRtPlans(graphs=graphs, tensorrt=tensorrt, precision=precision, gpu=gpu, cache=cache)
    start_s = time.perf_counter()
    plan, _ = plans.get(GraphPart.STEP, (1, *size_px), lambda plan, _: plan)
    seconds = time.perf_counter() - start_s
    return f"{size_px[1]} × {size_px[0]}", precision, f"{seconds:.1f}", f"{len(plan) / 2**20:.1f}"
