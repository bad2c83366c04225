"""TensorRT's plans: how long they take to build, and how large they are."""

import time

from engines.compiled.cache import cache_folder
from engines.errors import EngineError
from engines.gpu.findings import Findings, StageWork, Table
from engines.gpu.gpu_or_double import double_of, open_gpu
from engines.graphs.folder import GraphPart, Graphs, read_graphs, shipped_graphs
from engines.precisions import GraphPrecision
from engines.tensorrt.cuda_memory import Gpu
from engines.tensorrt.package import TensorRt, find_tensorrt
from engines.tensorrt.plans import TensorRtPlans

_SIZES_PX = ((256, 256), (480, 640))
_PRECISIONS: tuple[GraphPrecision, ...] = ("f16", "f32")


def plans(work: StageWork) -> Findings:
    """Build the step of both sizes and precisions, unless the cache has it."""
    gpu = open_gpu(double_of(rehearse=work.rehearse)).gpu
    if work.rehearse:
        return Findings(not_run="a rehearsal has no TensorRT")
    try:
        tensorrt = find_tensorrt()
    except EngineError as error:
        return Findings(not_run=str(error))
    graphs = read_graphs(shipped_graphs("small"))
    cases = [(size_px, precision) for size_px in _SIZES_PX for precision in _PRECISIONS]
    rows = tuple(_row(graphs, tensorrt, gpu, *case) for case in cases)
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
    size_px: tuple[int, int],
    precision: GraphPrecision,
) -> tuple[str, ...]:
    plans = TensorRtPlans(
        graphs=graphs, tensorrt=tensorrt, precision=precision, gpu=gpu, cache=cache_folder()
    )
    begun_s, start_s = time.time(), time.perf_counter()
    plan, path = plans.get(GraphPart.STEP, (1, *size_px), lambda plan, _: plan)
    seconds = time.perf_counter() - start_s
    was_there = path is not None and path.stat().st_mtime < begun_s
    took = "in the cache" if was_there else f"{seconds:.1f}"
    return f"{size_px[1]} × {size_px[0]}", precision, took, f"{len(plan) / 2**20:.1f}"
