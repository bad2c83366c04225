"""What the network costs, counted, and what the machine's matrix products reach, measured; needs torch."""

import time

import torch
from torch.utils.flop_counter import FlopCounterMode

from engines.graphs.modules import StepGraph, example_state
from engines.processor import NO_BF16, torch_has_bf16
from engines.trials.bench_table import Cost
from inference.network.config import NetworkConfig
from inference.network.network import FocDepthFormer

_SIDE = 2048
_GPU_SIDE = 8192
_REPEATS = 12
_GPU_PRECISIONS = {"f32": torch.float32, "bf16": torch.bfloat16, "f16": torch.float16}


def measure_cost(
    config: NetworkConfig, size_px: tuple[int, int], *, threads: int = 0, device: int = 0
) -> Cost:
    """Count the multiplications of one slice, and measure the matmul peak with so many threads (0 = all)."""
    if threads:
        torch.set_num_threads(threads)
    peaks = {"f32": _peak_flops(torch.float32)}
    if torch_has_bf16():
        peaks["bf16"] = _peak_flops(torch.bfloat16)
    if torch.cuda.is_available():
        peaks |= {
            f"gpu {name}": _peak_flops(precision, f"cuda:{device}")
            for name, precision in _GPU_PRECISIONS.items()
        }
    unmeasured = {} if "bf16" in peaks else {"bf16": NO_BF16}
    return Cost(flops=count_flops(config, size_px), peak_flops=peaks, unmeasured=unmeasured)


@torch.inference_mode()
def count_flops(config: NetworkConfig, size_px: tuple[int, int]) -> int:
    """FLOPs of convolutions and matrix products, from an image to its maps; nothing is computed."""
    height_px, width_px = size_px
    with torch.device("meta"):
        network = FocDepthFormer(config).eval()
        images, coordinates = torch.empty(1, height_px, width_px, 3), torch.empty(1)
    state = tuple(
        t.to("meta") for t in example_state(network, batch=1, height_px=height_px, width_px=width_px)
    )
    with FlopCounterMode(display=False) as counter:
        StepGraph(network)(images, coordinates, state)
    return counter.get_total_flops()


@torch.inference_mode()
def _peak_flops(precision: torch.dtype, device: str = "cpu") -> float:
    side = _SIDE if device == "cpu" else _GPU_SIDE
    a, b = (torch.randn(side, side, device=device).to(precision) for _ in range(2))
    best = float("inf")
    for _ in range(_REPEATS):
        start = time.perf_counter()
        a @ b
        if device != "cpu":
            torch.cuda.synchronize(device)
        best = min(best, time.perf_counter() - start)
    return 2.0 * side**3 / best
