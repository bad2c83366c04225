"""TensorRT's plans: how long they take to build, and how large they are."""

import itertools
import time

from engines.compiled.cache import cache_folder
from engines.errors import EngineError
from engines.gpu.findings import Findings, StageWork, Table
from engines.gpu.gpu_or_double import double_of, open_gpu
from engines.graphs.folder import GraphPart, Graphs, read_graphs, shipped_graphs
from engines.precisions import GraphPrecision
from engines.tensorrt.borders import Wanted
from engines.tensorrt.cuda_memory import Gpu
from engines.tensorrt.package import TensorRt, find_tensorrt
from engines.tensorrt.plans import TensorRtPlans

_SIZES_PX = ((256, 256), (480, 640))
_PARTS = (GraphPart.ADVANCE, GraphPart.DECODE)
_PRECISIONS: tuple[GraphPrecision, ...] = ("f16", "f32")


def plans(work: StageWork) -> Findings:
    """Build what takes a slice to its map, of both sizes and precisions, unless the cache has it."""
    gpu = open_gpu(double_of(rehearse=work.rehearse)).gpu
    if work.rehearse:
        return Findings(not_run="a rehearsal has no TensorRT")
    try:
        tensorrt = find_tensorrt()
    except EngineError as error:
        return Findings(not_run=str(error))
    graphs = read_graphs(shipped_graphs("small"))
    cases = itertools.product(_SIZES_PX, _PRECISIONS, _PARTS)
    rows = tuple(_row(graphs, tensorrt, gpu, *case) for case in cases)
    table = Table(
        title=f"Plans, {tensorrt.name} {tensorrt.version}",
        head=("images", "precision", "part", "s", "MiB"),
        rows=rows,
    )
    return Findings(tables=(table,))


def _row(
    graphs: Graphs,
    tensorrt: TensorRt,
    gpu: Gpu,
    size_px: tuple[int, int],
    precision: GraphPrecision,
    part: GraphPart,
) -> tuple[str, ...]:
    plans = TensorRtPlans(
        graphs=graphs, tensorrt=tensorrt, precision=precision, gpu=gpu, cache=cache_folder()
    )
    begun_s, start_s = time.time(), time.perf_counter()
    plan, path = plans.get(Wanted(part=part, shape=(1, *size_px)), lambda plan, *_: plan)
    seconds = time.perf_counter() - start_s
    was_there = path is not None and path.stat().st_mtime < begun_s
    took = "in the cache" if was_there else f"{seconds:.1f}"
    return f"{size_px[1]} × {size_px[0]}", precision, part.value, took, f"{len(plan) / 2**20:.1f}"
