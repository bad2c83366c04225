"""What a step of a size of the network takes on OpenVINO, beside ``small``.

    python -m benchmarks.size_speed --networks tiny --sizes 256x256 640x480

Weights that do not come with the package are random: they do not change how long a step takes. All take
turns, step by step, and the time is that of the processor, so that other programs disturb little.
"""

import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tyro

from benchmarks.shared.measure import percentiles
from benchmarks.shared.piped import piped
from benchmarks.shared.random_graphs import graphs_of, openvino_runners
from engines.graphs.folder import Graphs
from engines.image_size import parse_size
from engines.openvino.runner import OpenVinoRunner
from engines.precisions import CpuPrecision
from engines.processor import int8_weight_bits
from engines.trials.stacks import TrialStack, simulated_stack
from focstream.program.device import device
from inference.network.config import SizeName


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
        names: tuple[SizeName, ...] = ("small", *settings.networks)
        measure({name: graphs_of(name, Path(folder)) for name in names}, settings)


def measure(networks: Mapping[SizeName, Graphs], settings: Settings) -> None:
    """Let all take turns at every size, and print."""
    for size in settings.sizes:
        height_px, width_px = parse_size(size)
        stack = simulated_stack(0, height_px=height_px, width_px=width_px)
        streams = {
            f"{network} {precision}": Stream(runner, stack)
            for network, graphs in networks.items()
            for precision, runner in openvino_runners(graphs, settings.precisions, threads=settings.threads)
        }
        for place in range(settings.warm_up + settings.slices):
            for stream in streams.values():
                stream.step()  # threads of another may still spin
                took_ms = stream.step()
                if place >= settings.warm_up:
                    stream.took_ms.append(took_ms)
        for name, stream in streams.items():
            print(f"{size:>9}  {name:<14}{percentiles(stream.took_ms, digits=1)}", flush=True)


if __name__ == "__main__":
    with piped():
        main(tyro.cli(Settings))
