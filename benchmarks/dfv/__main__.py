"""What a new map costs after every slice: DFV's network on the last ten slices, and ours.

    python -m benchmarks.dfv

DFV's is computed as a whole, and with the features of nine slices kept, which its code does not do. All take
turns, and the time is that of the processor, so that other programs disturb little. Random weights cost what
trained ones do; those of ours that do not come with the package are random, too.
"""

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import tyro
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.dfv.network import DfvNetwork
from benchmarks.shared.measure import percentiles
from benchmarks.shared.piped import piped
from benchmarks.shared.random_graphs import graphs_of, openvino_runners
from engines.image_size import parse_size
from engines.precisions import CpuPrecision
from engines.processor import openvino_has_int8
from engines.torch_runner import TorchRunner
from engines.trials.cost import count_flops
from engines.trials.stacks import simulated_stack
from focstream.program.device import device
from inference.network.config import SIZES, SizeName
from inference.network.network import FocDepthFormer

SLICES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What to measure.

    Attributes
    ----------
    size
        WIDTHxHEIGHT of images in pixels, multiples of 32.
    maps
        Of each, after one as warm-up.
    threads
        That compute.
    """

    size: str = "256x256"
    maps: int = 5
    threads: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to a new map: its name, its FLOPs, and a call that makes one."""

    name: str
    flops: int
    make: Callable[[], object]


@torch.inference_mode()
def main(settings: Settings) -> None:
    """Count, measure and print."""
    torch.set_num_threads(settings.threads)
    size_px = parse_size(settings.size)
    names: tuple[SizeName, ...] = ("small", "tiny")
    with tempfile.TemporaryDirectory() as folder:
        ours = [way for name in names for way in our_ways(name, size_px, settings, Path(folder))]
    ways = [*dfv_ways(size_px), *ours]
    took_ms: dict[str, list[float]] = {way.name: [] for way in ways}
    for place in range(1 + settings.maps):
        for way in ways:
            start_s = time.process_time()
            way.make()
            if place:
                took_ms[way.name].append(1e3 * (time.process_time() - start_s))
    print(f"{device()}; {settings.size}, {settings.threads} threads, warm-up 1, n {settings.maps}, in turns")
    for way in ways:
        times = percentiles(took_ms[way.name], digits=1)
        print(f"{way.name:<40}{way.flops / 1e9:8.2f} GFLOPs  processor ms {times}")


def dfv_ways(size_px: tuple[int, int]) -> list[Way]:
    """Return the ways of DFV's network."""
    network = DfvNetwork().eval()
    images, coordinates = torch.rand(1, SLICES, 3, *size_px), torch.linspace(0, 1, SLICES)[None]
    kept = network.features(images[0])

    def with_kept() -> object:
        new = network.features(images[0, -1:])
        return network.of_features(
            [torch.cat([old[1:], one]) for old, one in zip(kept, new, strict=True)], coordinates
        )

    calls: list[tuple[str, Callable[[], object]]] = [
        ("DFV, torch f32", lambda: network(images, coordinates)),
        ("DFV, torch f32, nine features kept", with_kept),
    ]
    return [Way(name=name, flops=counted(call), make=call) for name, call in calls]


def counted(call: Callable[[], object]) -> int:
    """Return the FLOPs of convolutions and matrix products."""
    with FlopCounterMode(display=False) as counter:
        call()
    return int(counter.get_total_flops())


def our_ways(name: SizeName, size_px: tuple[int, int], settings: Settings, folder: Path) -> list[Way]:
    """Return the ways of a size of our network: by torch, and by OpenVINO."""
    graphs = graphs_of(name, folder)
    runners: list[tuple[str, Any]] = [("torch f32", TorchRunner(FocDepthFormer(SIZES[name]).eval()))]
    precisions: tuple[CpuPrecision, ...] = ("f32", "int8") if openvino_has_int8() else ("f32",)
    for precision, runner in openvino_runners(graphs, precisions, threads=settings.threads):
        runners.append((f"OpenVINO {precision}", runner))
    stack = simulated_stack(0, height_px=size_px[0], width_px=size_px[1])
    flops = count_flops(SIZES[name], size_px)
    return [Way(name=f"{name}, {said}", flops=flops, make=steps(runner, stack)) for said, runner in runners]


def steps(runner: Any, stack: Any) -> Callable[[], object]:  # noqa: ANN401 - of any runner
    """Return a call that takes the next slice of a sweep without end to its map."""
    state = runner.initial_state((1, *stack.images.shape[1:3]))
    count = 0

    def step() -> object:
        nonlocal state, count
        here = slice(count % len(stack.images), count % len(stack.images) + 1)
        count += 1
        state, maps = runner.step(stack.images[here], stack.coordinates[here], state)
        return maps

    return step


if __name__ == "__main__":
    with piped():
        main(tyro.cli(Settings))
