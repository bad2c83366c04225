"""What the benchmark of engines says of a runner that works on a GPU."""

from pathlib import Path

import pytest

from engines.gpu.cuda_double import CudaDouble
from engines.graphs.folder import Graphs
from engines.trials.bench import BenchSettings, _time_all
from engines.trials.bench_table import Cost, Timing, timing_table
from engines.trials.stacks import simulated_stack
from tests.engines.graphs.exported import SIZE_PX
from tests.engines.tensorrt.made import make_runner

COST = Cost(flops=10**9, peak_flops={"f32": 1e12, "gpu f32": 5e13, "gpu f16": 1e15})


def rows(timing: Timing) -> list[str]:
    table = timing_table([timing], size_px=(256, 256), cost=COST, reasons={})
    (row,) = [line for line in table.splitlines() if line.startswith(f"| {timing.engine} ")]
    return [cell.strip() for cell in row.strip("|").split("|")]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_memory_of_the_gpu_is_counted_and_no_queueing_is_timed(tiny_graphs: Graphs, tmp_path: Path) -> None:
    cuda = CudaDouble()
    runner = make_runner(tiny_graphs, tmp_path, cuda)
    height_px, width_px = SIZE_PX
    stack = simulated_stack(0, height_px=height_px, width_px=width_px)
    (timing,) = _time_all({"tensorrt f32": runner}, stack, BenchSettings(slices=10, warm_up=3))
    assert timing.on_gpu
    assert timing.gained_device_bytes == sum(memory.nbytes for memory in cuda.device.values())
    assert timing.batched_milliseconds == ()  # replays encode one by one: it gives no batches


def test_the_share_of_the_peak_is_that_of_what_computes() -> None:
    timing = Timing(
        engine="tensorrt f16",
        milliseconds=(1.0, 1.0),
        batched_milliseconds=(),
        gained_bytes=3 * 2**20,
        gained_device_bytes=40 * 2**20,
        on_gpu=True,
    )
    *_, batched, memory, share = rows(timing)
    assert (batched, memory, share) == ("–", "3 MiB + 40 MiB of the GPU", "0%")
    cpu = Timing(engine="openvino f32", milliseconds=(2.0,), batched_milliseconds=(1.5,), gained_bytes=2**20)
    *_, batched, memory, share = rows(cpu)
    assert (batched, memory, share) == ("1.50", "1 MiB", "50%")
    unknown = Timing(
        engine="tensorrt bf16", milliseconds=(1.0,), batched_milliseconds=(), gained_bytes=0, on_gpu=True
    )
    assert rows(unknown)[-2:] == ["–", "–"]
