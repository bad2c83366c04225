"""The network on TensorRT, for NVIDIA GPUs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engines.base import FloatArray, NetworkMaps, Runner
from engines.cache import cache_folder
from engines.errors import EngineError, NoDeviceError
from engines.graphs.folder import GraphPart, Graphs
from engines.graphs.state_layout import (
    COORDINATES,
    IMAGES,
    MAPS,
    NEXT,
    TensorSpec,
    feature_tensors,
    map_shapes,
    state_tensors,
)
from engines.precisions import GraphPrecision
from engines.tensorrt.build import require_target
from engines.tensorrt.cuda_memory import Cuda, Stream, has_nvidia_device, open_cuda
from engines.tensorrt.device_arrays import DeviceArrays, DevicePool
from engines.tensorrt.package import TensorRt, find_tensorrt, require_installed
from engines.tensorrt.part import Addresses, TensorRtPart, TensorRtRuntime
from engines.tensorrt.plans import Shape, TensorRtPlans
from engines.tensorrt.recorded_steps import RecordedSteps


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorRtFeatures:
    """Slices on the GPU, and their features; None = `step` computes them with all the rest."""

    slices: DeviceArrays
    features: DeviceArrays | None


@dataclass(slots=True, kw_only=True)
class TensorRtState:
    """A state for (batch, height, width), the memory that the next step writes, and the maps.

    `spare` is None as long as `now` is what all states begin with, which nothing writes. `decoded` says
    whether the maps are those of `now`.
    """

    shape: Shape
    now: DeviceArrays
    spare: DeviceArrays | None
    maps: DeviceArrays
    decoded: bool


class TensorRtRunner(Runner[TensorRtFeatures, TensorRtState]):
    """Computes the network with TensorRT, on one stream of one GPU.

    A single image goes through the graph `step`, which takes it to its maps in one run: `encode` only sends
    it to the GPU, and `decode` only fetches the maps. Batches go through the three parts. Plans are built for
    every size of images when it first comes, and kept in a cache on disk.

    Parameters
    ----------
    graphs
        As exported.
    cuda
        The GPU, which was found before anything of TensorRT was made.
    tensorrt
        NVIDIA's bindings.
    precision
        Of the layers; state and maps are float32 always.
    cache
        Folder for plans; None = the user's.
    recorder
        Makes what launches a step as one CUDA graph; None = steps are queued as they are.
    """

    def __init__(
        self,
        graphs: Graphs,
        *,
        cuda: Cuda,
        tensorrt: TensorRt,
        precision: GraphPrecision = "f16",
        cache: Path | None = None,
        recorder: Callable[[Stream], RecordedSteps] | None = None,
    ) -> None:
        self._config = graphs.info.config
        self._plans = TensorRtPlans(
            graphs=graphs,
            tensorrt=tensorrt,
            precision=precision,
            gpu=cuda.gpu,
            cache=cache or cache_folder(),
        )
        self._runtime = TensorRtRuntime(tensorrt)
        self._pool = DevicePool(cuda)
        self._steps = recorder(self._pool.stream) if recorder else None
        self._parts: dict[tuple[GraphPart, Shape], TensorRtPart] = {}
        self._begin: dict[Shape, DeviceArrays] = {}

    @property
    def engine(self) -> str:
        """Name and precision."""
        return f"tensorrt {'graph ' if self._steps else ''}{self._plans.precision}"

    def encode(self, images: FloatArray, coordinates: FloatArray) -> TensorRtFeatures:
        """See `Runner.encode`."""
        batch, height_px, width_px, _ = images.shape
        shape = (batch, height_px, width_px)
        self._plans.require(shape)
        slices = self._pool.upload({IMAGES: images, COORDINATES: np.asarray(coordinates, np.float32)})
        if batch == 1:
            return TensorRtFeatures(slices=slices, features=None)
        features = self._take(feature_tensors(self._config), shape)
        self._enqueue(GraphPart.ENCODE, shape, slices.addresses, features.addresses)
        return TensorRtFeatures(slices=slices, features=features)

    def initial_state(self, shape: Shape) -> TensorRtState:
        """See `Runner.initial_state`; nothing is copied but for the first state of a size."""
        if shape not in self._begin:
            specs = state_tensors(self._config)
            self._begin[shape] = self._pool.upload({spec.name: spec.initial(*shape) for spec in specs})
        maps = self._pool.take(dict(zip(MAPS, map_shapes(shape), strict=True)))
        return TensorRtState(shape=shape, now=self._begin[shape], spare=None, maps=maps, decoded=False)

    def update(self, features: TensorRtFeatures, state: TensorRtState) -> TensorRtState:
        """See `Runner.update`; returns the same object, with its two states swapped."""
        after = state.spare or self._take(state_tensors(self._config), state.shape)
        outputs = {name + NEXT: address for name, address in after.addresses.items()}
        inputs = {**features.slices.addresses, **state.now.addresses}
        if features.features is None:
            self._step(state.shape, inputs, {**outputs, **state.maps.addresses})
        else:
            inputs |= features.features.addresses
            self._enqueue(GraphPart.UPDATE, state.shape, inputs, outputs)
        state.decoded = features.features is None
        state.spare = None if state.now is self._begin[state.shape] else state.now
        state.now = after
        return state

    def decode(self, state: TensorRtState) -> NetworkMaps:
        """See `Runner.decode`."""
        if not state.decoded:
            self._enqueue(GraphPart.DECODE, state.shape, state.now.addresses, state.maps.addresses)
            state.decoded = True
        return NetworkMaps(**self._pool.download(state.maps))

    def _take(self, specs: tuple[TensorSpec, ...], shape: Shape) -> DeviceArrays:
        return self._pool.take({spec.name: spec.shape(*shape) for spec in specs})

    def _step(self, shape: Shape, inputs: Mapping[str, int], outputs: Mapping[str, int]) -> None:
        if self._steps is None:
            self._enqueue(GraphPart.STEP, shape, inputs, outputs)
            return
        key = (shape, *inputs.values(), *outputs.values())
        self._steps.run(key, lambda: self._enqueue(GraphPart.STEP, shape, inputs, outputs))

    def _enqueue(self, part: GraphPart, shape: Shape, inputs: Addresses, outputs: Addresses) -> None:
        self._part(part, shape).enqueue(inputs, outputs, self._pool.stream.handle)

    def _part(self, part: GraphPart, shape: Shape) -> TensorRtPart:
        found = self._parts.get((part, shape))
        if found is None:
            found = self._parts[part, shape] = self._load(part, shape)
        return found

    def _load(self, part: GraphPart, shape: Shape) -> TensorRtPart:
        inputs = self._plans.graphs.input_shapes(part, shape)
        outputs = self._plans.graphs.output_shapes(part, shape)

        def load(plan: bytes, name: str) -> TensorRtPart:
            return self._runtime.load(plan, name=name, inputs=inputs, outputs=outputs)

        return self._plans.get(part, shape, load)[0]


def open_tensorrt(
    graphs: Graphs, *, precision: GraphPrecision = "f16", recorded: bool = False
) -> TensorRtRunner:
    """Open the runner on the GPU of this machine.

    Raises
    ------
    EngineError
        When there is no GPU, or no TensorRT: it says all that is missing at once. Or when CUDA graphs are
        asked for and cannot be recorded.
    NoDeviceError
        When there is no GPU of NVIDIA's, as far as the system knows.
    """
    try:
        cuda = open_cuda()
    except EngineError as error:
        kind = EngineError if has_nvidia_device() else NoDeviceError
        try:
            require_installed()
        except EngineError as also:
            raise kind(f"{error}; {also}") from None
        raise kind(str(error)) from None
    tensorrt = find_tensorrt()
    if tensorrt.portable:
        require_target(cuda.gpu.capability)
    return TensorRtRunner(
        graphs,
        cuda=cuda,
        tensorrt=tensorrt,
        precision=precision,
        recorder=RecordedSteps if recorded else None,
    )
