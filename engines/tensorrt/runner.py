"""The network on TensorRT, for NVIDIA GPUs."""

import logging
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engines.base import FloatArray, NetworkMaps, Runner
from engines.compiled.cache import cache_folder
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

_log = logging.getLogger(__name__)

_SWEEPS_AHEAD = (3, 4, 3, 4)
"""Slices in each; a state ends in one of its two buffers or in the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorRtFeatures:
    """Slices on the GPU, and their features; None = `step` computes them with all the rest."""

    slices: DeviceArrays
    features: DeviceArrays | None


@dataclass(slots=True, kw_only=True)
class TensorRtState:
    """A state for (batch, height, width), the memory that the next step writes, and the maps.

    `spare` is None as long as `now` is what all states begin with, which nothing writes. `decoded` says
    whether the maps are those of `now`. Memory is taken with the first slice: only then is that of the state
    before free for sure.
    """

    shape: Shape
    now: DeviceArrays
    spare: DeviceArrays | None
    maps: DeviceArrays | None
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
        Makes what launches a step as one CUDA graph, if it can; None = steps are queued one operation at a
        time.
    """

    def __init__(
        self,
        graphs: Graphs,
        *,
        cuda: Cuda,
        tensorrt: TensorRt,
        precision: GraphPrecision = "f16",
        cache: Path | None = None,
        recorder: Callable[[Stream], RecordedSteps | None] | None = None,
    ) -> None:
        self._cuda = cuda
        self._config = graphs.info.config
        self._plans = TensorRtPlans(
            graphs=graphs,
            tensorrt=tensorrt,
            precision=precision,
            gpu=cuda.gpu,
            cache=cache or cache_folder(),
        )
        with cuda.current():
            self._runtime = TensorRtRuntime(tensorrt)
        self._pool = DevicePool(cuda)
        self._steps = recorder(self._pool.stream) if recorder else None
        self._parts: dict[tuple[GraphPart, Shape], TensorRtPart] = {}
        self._begin: dict[Shape, DeviceArrays] = {}
        self._close = weakref.finalize(self, _close, self._steps, self._parts)

    @property
    def engine(self) -> str:
        """Name and precision; "queued" where a step is not launched as one CUDA graph."""
        return f"tensorrt {'' if self._records else 'queued '}{self._plans.precision}"

    @property
    def free_bytes(self) -> int:
        """See `OnDevice.free_bytes`."""
        return self._cuda.free_bytes

    def synchronise(self) -> None:
        """See `OnDevice.synchronise`."""
        self._pool.synchronise()

    def close(self) -> None:
        """See `OnDevice.close`."""
        self._close()

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
        """See `Runner.initial_state`; nothing is copied but for the first state of a size.

        The first of a size builds or loads its plan, and records its steps.
        """
        if shape not in self._begin:
            self._plans.require(shape)
            specs = state_tensors(self._config)
            self._begin[shape] = self._pool.upload({spec.name: spec.initial(*shape) for spec in specs})
            if self._records and shape[0] == 1:
                self._record_ahead(shape)
        return TensorRtState(shape=shape, now=self._begin[shape], spare=None, maps=None, decoded=False)

    def update(self, features: TensorRtFeatures, state: TensorRtState) -> TensorRtState:
        """See `Runner.update`; returns the same object, with its two states swapped."""
        after = state.spare or self._take(state_tensors(self._config), state.shape)
        outputs = {name + NEXT: address for name, address in after.addresses.items()}
        inputs = {**features.slices.addresses, **state.now.addresses}
        if features.features is None:
            self._step(state.shape, inputs, {**outputs, **self._maps(state).addresses})
        else:
            inputs |= features.features.addresses
            self._enqueue(GraphPart.UPDATE, state.shape, inputs, outputs)
        state.decoded = features.features is None
        state.spare = None if state.now is self._begin[state.shape] else state.now
        state.now = after
        return state

    def decode(self, state: TensorRtState) -> NetworkMaps:
        """See `Runner.decode`."""
        maps = self._maps(state)
        if not state.decoded:
            self._enqueue(GraphPart.DECODE, state.shape, state.now.addresses, maps.addresses)
            state.decoded = True
        return NetworkMaps(**self._pool.download(maps))

    def _maps(self, state: TensorRtState) -> DeviceArrays:
        if state.maps is None:
            state.maps = self._pool.take(dict(zip(MAPS, map_shapes(state.shape), strict=True)))
        return state.maps

    def _take(self, specs: tuple[TensorSpec, ...], shape: Shape) -> DeviceArrays:
        return self._pool.take({spec.name: spec.shape(*shape) for spec in specs})

    @property
    def _records(self) -> bool:
        return self._steps is not None and self._steps.records

    def _record_ahead(self, shape: Shape) -> None:
        """Stream as estimators do, with one state a sweep and with two, until all addresses have come."""
        slice_ = np.zeros((*shape, 3), np.float32), np.zeros(1, np.float32)
        state = self.initial_state(shape)
        for slices in _SWEEPS_AHEAD:
            state = self.initial_state(shape)
            for _ in range(slices):
                state, _ = self.step(*slice_, state)
        for slices in _SWEEPS_AHEAD:
            older, state = state, self.initial_state(shape)
            for _ in range(slices):
                self._step_both(slice_, older, state)

    def _step_both(self, slice_: tuple[FloatArray, FloatArray], *states: TensorRtState) -> None:
        features = self.encode(*slice_)
        for state in states:
            self.decode(self.update(features, state))

    def _step(self, shape: Shape, inputs: Addresses, outputs: Addresses) -> None:
        def enqueue() -> None:
            self._enqueue(GraphPart.STEP, shape, inputs, outputs)

        if self._steps is None:
            enqueue()
            return
        if not self._part(GraphPart.STEP, shape).can_be_recorded(self._pool.stream.handle):
            self._steps.stop("TensorRT says that this plan cannot be recorded")
        with self._cuda.current():
            self._steps.run((shape, *inputs.values(), *outputs.values()), enqueue)

    def _enqueue(self, part: GraphPart, shape: Shape, inputs: Addresses, outputs: Addresses) -> None:
        with self._cuda.current():
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

        with self._cuda.current():
            return self._plans.get(part, shape, load)[0]


def _close(steps: RecordedSteps | None, parts: dict[tuple[GraphPart, Shape], TensorRtPart]) -> None:
    """Give back graphs before the contexts that they were recorded from."""
    if steps is not None:
        steps.close()
    parts.clear()


def open_tensorrt(
    graphs: Graphs, *, precision: GraphPrecision = "f16", recorded: bool = True, device: int = 0
) -> TensorRtRunner:
    """Open the runner on a GPU of this machine.

    Parameters
    ----------
    graphs
        As exported.
    precision
        Of the layers.
    recorded
        Launch a step as one CUDA graph, where it can be recorded; a warning says why it cannot.
    device
        Number of the GPU.

    Raises
    ------
    EngineError
        When there is no such GPU, or no TensorRT: it says all that is missing at once.
    NoDeviceError
        When there is no GPU of NVIDIA's, as far as the system knows.
    """
    try:
        cuda = open_cuda(device)
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
        recorder=_recorder if recorded else None,
    )


def _recorder(stream: Stream) -> RecordedSteps | None:
    """Return what records steps; with pycuda alone there is none, and a warning says so."""
    try:
        return RecordedSteps(stream)
    except EngineError as error:
        _log.warning("%s; without them every slice takes longer", error)
        return None
