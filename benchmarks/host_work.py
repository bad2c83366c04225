"""What the host does around a network for every slice: by the host itself, and inside the engine's graph.

    python -m benchmarks.host_work

Two streams of the same slices take turns, one slice each. For the one, the host turns the image to float32 of
whole patches, and the maps to a σ and a picture; for the other, the engine's graph does what it can of that.
Host work is all from a slice to its map but for the time inside the engine. Printed are milliseconds, and the
largest difference between the maps; 0 = equal to the bit.

Where torch is installed, one more line says what a GPU would leave to the host with torch on CUDA, which
needs no GPU to measure: the calls of a step (those of a tiny image, whose steps are done once and then only
pretended), and the copies into and out of the memory that a GPU reads and writes. Two more say the same of
TensorRT, with images prepared by the host and on the GPU: its runner works on a GPU that does nothing.
"""

import importlib
import importlib.util
import tempfile
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import cv2
import numpy as np
import tyro

from benchmarks.shared.measure import percentiles
from benchmarks.shared.piped import piped
from engines.base import Runner
from engines.gpu.cuda_double import CudaDouble
from engines.image_size import parse_size
from engines.pictures import HostPictures, PictureFormat, PictureRunner, Pictures
from engines.runners import RunnerInputs, matching, open_usable
from engines.tensorrt.cuda_memory import CudaPython
from engines.tensorrt.package import FULL, TensorRt
from engines.tensorrt.recorded_steps import RecordedSteps
from engines.tensorrt.runner import TensorRtRunner
from engines.trials.stacks import simulated_stack
from focstream.program.device import device
from inference.depth_model import DepthMaps
from inference.network.config import PATCH_PX

_INSIDE = {
    "openvino": ("engines.openvino.compiled_part", "CompiledPart", "run"),
    "onnxruntime": ("engines.onnxruntime_runner", "OnnxRunner", "_run"),
    "torch": ("engines.torch_runner", "TorchRunner", "_run"),
}
"""Where each engine computes: all else is the host's work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What to measure.

    Attributes
    ----------
    engines
        By the names of ``python -m engines list``; none given = all that can be used.
    size
        WIDTHxHEIGHT of the slices.
    colour
        Take colour images rather than grey ones.
    slices, warm_up
        Measured, and before that; of each stream.
    threads
        That compute; 0 = the engine's choice.
    """

    engines: Annotated[tuple[str, ...], tyro.conf.arg(name="engine")] = ()
    size: str = "640x480"
    colour: bool = False
    slices: int = 60
    warm_up: int = 10
    threads: int = 0


@dataclass(slots=True)
class Clock:
    """Adds up the time inside an engine."""

    spent_s: float = 0.0

    def attach(self, engine: str) -> None:
        """Measure every call of the method in which an engine computes."""
        module, name, method = _INSIDE[engine]
        kind = getattr(importlib.import_module(module), name)
        inside = getattr(kind, method)

        def timed(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401
            start_s = time.perf_counter()
            try:
                return inside(*arguments, **named)
            finally:
                self.spent_s += time.perf_counter() - start_s

        setattr(kind, method, timed)


class Stream:
    """One way from slices to maps.

    Attributes
    ----------
    maps
        The latest.
    whole_ms, host_ms
        Of every slice so far.
    """

    def __init__(self, way: PictureRunner[Any, Any], state: object, clock: Clock) -> None:
        self._way = way
        self._state = state
        self._clock = clock
        self.maps: DepthMaps | None = None
        self.whole_ms: list[float] = []
        self.host_ms: list[float] = []

    def step(self, picture: Pictures, coordinate: float) -> None:
        """Take one slice to its map."""
        before_s, start_s = self._clock.spent_s, time.perf_counter()
        coordinates = np.array([coordinate], np.float32)
        self._state, self.maps = self._way.step_pictures(picture[None], coordinates, self._state)
        whole_s = time.perf_counter() - start_s
        self.whole_ms.append(1e3 * whole_s)
        self.host_ms.append(1e3 * (whole_s - (self._clock.spent_s - before_s)))


def measure(runner: Runner[Any, Any], settings: Settings, *, sigma_per_scale: float, clock: Clock) -> None:
    """Measure one engine, and print."""
    pictures, coordinates = make_slices(settings)
    shape = PictureFormat(shape=(1, *pictures.shape[1:])).padded_shape
    ways: dict[str, PictureRunner[Any, Any]] = {
        "by the host": HostPictures(runner, sigma_per_scale=sigma_per_scale)
    }
    if isinstance(runner, PictureRunner):
        ways["in the graph"] = runner
    streams = {name: Stream(way, runner.initial_state(shape), clock) for name, way in ways.items()}
    apart = 0.0
    order = list(streams.values())
    for _ in in_turns(order, pictures, coordinates, settings):
        apart = max(apart, *(difference(order[0].maps, each.maps) for each in order))
    for name, stream in streams.items():
        whole, host = stream.whole_ms[settings.warm_up :], stream.host_ms[settings.warm_up :]
        print(f"{runner.engine:<18} {name:<13} host work {percentiles(host)} | a slice {percentiles(whole)}")
    print(f"{'':<18} largest difference {apart:.1g}")


def in_turns(
    streams: Sequence[Stream], pictures: Pictures, coordinates: Sequence[float], settings: Settings
) -> Iterator[int]:
    """Yield whenever each stream took a slice more."""
    for count in range(settings.warm_up + settings.slices):
        for stream in streams if count % 2 else reversed(streams):
            stream.step(pictures[count % len(pictures)], coordinates[count % len(pictures)])
        yield count


class Pretended:
    """Does a step once, and from then on nothing: as far as the host knows, a GPU does it."""

    def __init__(self, _: object) -> None:
        self._done: set[Hashable] = set()

    @property
    def records(self) -> bool:
        """See `engines.torch_cuda.programs.Programs.records`."""
        return True

    def run(self, name: Hashable, ways: Sequence[Callable[[], None]], which: int) -> None:
        """See `engines.torch_cuda.programs.Programs.run`."""
        if name not in self._done:
            self._done.add(name)
            ways[which]()


def measure_beside_gpu(pictures: Pictures, settings: Settings) -> None:
    """Measure what torch on CUDA leaves to the host, and print."""
    import torch

    from engines.torch_cuda.runner import TorchDeviceRunner
    from engines.weights_file import load_network

    torch.set_num_threads(1)
    device, tiny = torch.device("cpu"), pictures[:1, :PATCH_PX, :PATCH_PX]
    runner = TorchDeviceRunner(load_network(), sigma_per_scale=1.0, device=device, programs=Pretended)
    state, coordinates = runner.initial_state((1, PATCH_PX, PATCH_PX)), np.zeros(1, np.float32)
    calls, copies = [], []
    staged, there = np.empty_like(pictures[0]), np.zeros((2, *pictures.shape[1:3]), np.float32)
    for count in range(settings.warm_up + settings.slices):
        start_s = time.perf_counter()
        state, _ = runner.step_pictures(tiny, coordinates, state)
        calls.append(1e3 * (time.perf_counter() - start_s))
        start_s = time.perf_counter()
        np.copyto(staged, pictures[count % len(pictures)])
        maps = there[0].copy(), there[1].copy(), staged.copy()
        copies.append(1e3 * (time.perf_counter() - start_s))
        del maps
    calls, copies = calls[settings.warm_up :], copies[settings.warm_up :]
    print(f"torch on CUDA      host work: calls {percentiles(calls)} | copies {percentiles(copies)}")


class IdleGpu(CudaDouble):
    """Does nothing of what is queued."""

    def queue(self, stream: int, work: Callable[[], None]) -> None:
        """Forget it."""


def measure_beside_tensorrt(settings: Settings, inputs: RunnerInputs) -> None:
    """Measure what TensorRT leaves to the host, and print."""
    from engines.gpu.torch_bindings import torch_bindings
    from engines.weights_file import load_network

    gpu, sigma_per_scale = IdleGpu(), inputs.graphs.info.sigma_per_scale
    module = torch_bindings(load_network(), sigma_per_scale=sigma_per_scale, double=gpu)
    pictures, coordinates = make_slices(settings)
    shape = PictureFormat(shape=(1, *pictures.shape[1:])).padded_shape
    with tempfile.TemporaryDirectory() as cache:
        runner = TensorRtRunner(
            inputs.graphs,
            cuda=CudaPython(gpu),
            tensorrt=TensorRt(name=FULL, module=module),
            cache=Path(cache),
            precision="f32",
            recorder=lambda stream: RecordedSteps(stream, gpu),
        )
        ways: dict[str, PictureRunner[Any, Any]] = {
            "by the host": HostPictures(runner, sigma_per_scale=sigma_per_scale),
            "on the GPU": runner,
        }
        streams = {name: Stream(way, runner.initial_state(shape), Clock()) for name, way in ways.items()}
        for _ in in_turns(list(streams.values()), pictures, coordinates, settings):
            pass
    for name, stream in streams.items():
        print(f"{'TensorRT':<18} {name:<13} host work {percentiles(stream.host_ms[settings.warm_up :])}")


def make_slices(settings: Settings) -> tuple[Pictures, list[float]]:
    """Return a simulated sweep as a camera gives it."""
    height_px, width_px = parse_size(settings.size)
    stack = simulated_stack(0, height_px=height_px, width_px=width_px)
    colour = (255 * stack.images).astype(np.uint8)
    grey = np.stack([np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8) for image in colour])
    pictures = colour if settings.colour else grey
    pictures.flags.writeable = False  # as those of cameras
    return pictures, stack.coordinates.tolist()


def difference(one: DepthMaps | None, other: DepthMaps | None) -> float:
    """Return the largest between any two values of the maps."""
    assert one is not None
    assert other is not None
    return max(
        float(np.abs(np.subtract(getattr(one, part), getattr(other, part), dtype=np.float64)).max())
        for part in ("coordinate", "coordinate_sigma", "all_in_focus")
    )


def main(settings: Settings) -> None:
    """Measure every engine and print."""
    print(f"device: {device()}")
    kind = "colour" if settings.colour else "grey"
    print(f"{settings.size} {kind}; warm-up {settings.warm_up}, n {settings.slices}, in turns; milliseconds")
    inputs = matching(None, None, threads=settings.threads)
    runners, reasons = open_usable(settings.engines, inputs)
    for name, runner in runners.items():
        engine = name.split()[0]
        if engine not in _INSIDE or name.startswith("torch cuda"):
            reasons[name] = "where it computes cannot be distinguished from the host's work"
            continue
        clock = Clock()
        clock.attach(engine)
        measure(runner, settings, sigma_per_scale=inputs.graphs.info.sigma_per_scale, clock=clock)
    if importlib.util.find_spec("torch") is not None:
        measure_beside_gpu(make_slices(settings)[0], settings)
        if importlib.util.find_spec("onnx") is not None:
            measure_beside_tensorrt(settings, inputs)
    for name, reason in reasons.items():
        print(f"{name}: not used, {reason}")


if __name__ == "__main__":
    with piped():
        main(tyro.cli(Settings))
