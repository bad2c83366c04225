"""What a step of a size of the network takes on OpenVINO, beside ``small``.

    python -m benchmarks.size_speed --network tiny --size 256x256 640x480

Weights are random but for those of ``small``: they do not change how long a step takes. All take turns, step
by step, and the time is that of the processor, so that other programs disturb little.
"""

import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import tyro

from benchmarks.shared.measure import percentiles
from benchmarks.shared.piped import piped
from engines.graphs.export import export_graphs
from engines.graphs.folder import Graphs, read_graphs, shipped_graphs
from engines.image_size import parse_size
from engines.int8.measure import measure_ranges
from engines.openvino.runner import OpenVinoRunner
from engines.precisions import CpuPrecision
from engines.processor import int8_weight_bits
from engines.trials.stacks import TrialStack, simulated_stack
from engines.weights_info import WeightsInfo
from focstream.program.device import device
from inference.network.config import SIZES, NetworkConfig, SizeName
from inference.network.network import FocDepthFormer

_SPREAD = 0.03
"""_SPREAD of what is added to weights, of which some start as zero and would be left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What to measure.

    Attributes
    ----------
    networks
        Sizes beside ``small``, one or several.
    sizes
        WIDTHxHEIGHT of images in pixels, multiples of 16.
    precisions
        f32, int8 or both.
    slices, warm_up
        Steps of each, and those before that do not count.
    threads
        That compute.
    """

    networks: tuple[SizeName, ...] = ("tiny",)
    sizes: tuple[str, ...] = ("256x256", "640x480")
    precisions: tuple[CpuPrecision, ...] = ("f32", "int8")
    slices: int = 20
    warm_up: int = 3
    threads: int = 1


class Stream:
    """A runner at work on a sweep without end."""

    def __init__(self, runner: OpenVinoRunner, stack: TrialStack) -> None:
        self._runner, self._stack = runner, stack
        self._state: Any = runner.initial_state((1, *stack.images.shape[1:3]))
        self._count = 0
        self.took_ms: list[float] = []

    def step(self) -> float:
        """Take one slice to its maps; return the milliseconds of the processor."""
        here = slice(self._count % len(self._stack.images), self._count % len(self._stack.images) + 1)
        self._count += 1
        start_s = time.process_time()
        self._state, _ = self._runner.step(
            self._stack.images[here], self._stack.coordinates[here], self._state
        )
        return 1e3 * (time.process_time() - start_s)


def main(settings: Settings) -> None:
    """Measure, and print one line for each."""
    print(
        f"{device()}; OpenVINO, {settings.threads} threads, int8 with weights of {int8_weight_bits()} bits; "
        f"warm-up {settings.warm_up}, n {settings.slices}, in turns; ms of the processor"
    )
    with tempfile.TemporaryDirectory() as folder:
        networks = {"small": read_graphs(shipped_graphs("small"))}
        networks |= {name: random_graphs(SIZES[name], Path(folder) / name) for name in settings.networks}
        measure(networks, settings)


def random_graphs(config: NetworkConfig, folder: Path) -> Graphs:
    """Export a network with random weights."""
    torch.manual_seed(0)
    network = FocDepthFormer(config).requires_grad_(False).eval()
    for value in network.parameters():
        value.add_(_SPREAD * torch.randn_like(value))
    info = WeightsInfo(name=folder.name, config=config, sigma_per_scale=1.0)
    return export_graphs(network, info, folder, weights_digest="0" * 64, step=False)


def measure(networks: dict[str, Graphs], settings: Settings) -> None:
    """Let all take turns at every size, and print."""
    for size in settings.sizes:
        height_px, width_px = parse_size(size)
        stack = simulated_stack(0, height_px=height_px, width_px=width_px)
        streams = {
            name: Stream(runner, stack)
            for network, graphs in networks.items()
            for name, runner in runners(network, graphs, settings)
        }
        for place in range(settings.warm_up + settings.slices):
            for stream in streams.values():
                stream.step()  # threads of another may still spin
                took_ms = stream.step()
                if place >= settings.warm_up:
                    stream.took_ms.append(took_ms)
        for name, stream in streams.items():
            print(f"{size:>9}  {name:<14}{percentiles(stream.took_ms, digits=1)}", flush=True)


def runners(network: str, graphs: Graphs, settings: Settings) -> Iterator[tuple[str, OpenVinoRunner]]:
    """Open a network in every precision; the ranges of random weights are measured on a small stack."""
    for precision in settings.precisions:
        ranges = None
        if precision == "int8" and network != "small":
            small = simulated_stack(1, height_px=64, width_px=64)
            ranges = measure_ranges(graphs, [small], threads=settings.threads)
        yield (
            f"{network} {precision}",
            OpenVinoRunner(graphs, precision=precision, ranges=ranges, threads=settings.threads, keep=False),
        )


if __name__ == "__main__":
    with piped():
        main(tyro.cli(Settings))
