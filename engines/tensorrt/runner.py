"""The network on TensorRT, for NVIDIA GPUs."""

import logging
from collections import deque
from collections.abc import Callable
from pathlib import Path

import numpy as np

from engines.base import FloatArray, NetworkMaps, Runner
from engines.compiled.cache import cache_folder
from engines.errors import EngineError, NoDeviceError
from engines.graphs.folder import Graphs
from engines.pictures import PictureFormat, Pictures, bits_of
from engines.precisions import GraphPrecision
from engines.tensorrt.borders import PUBLISHED, Shape, all_wanted
from engines.tensorrt.build import require_target
from engines.tensorrt.cuda_memory import Cuda, Stream, has_nvidia_device, open_cuda
from engines.tensorrt.device_arrays import DeviceArrays, DevicePool
from engines.tensorrt.launcher import Launcher
from engines.tensorrt.package import TensorRt, find_tensorrt, require_installed
from engines.tensorrt.plans import TensorRtPlans
from engines.tensorrt.recorded_steps import RecordedSteps
from engines.tensorrt.runs import Run, Runs
from engines.tensorrt.states import TensorRtFeatures, TensorRtState
from inference.depth_model import DepthMaps

_log = logging.getLogger(__name__)

_SWEEPS_AHEAD = (3, 4, 3, 4)
"""Slices in each; a state ends in one of its two buffers or in the other."""

_HELD = 3
"""Maps that sinks hold while the next one is made; they lie in memory that takes a while to get."""


class TensorRtRunner(Runner[TensorRtFeatures, TensorRtState]):
    """Computes the network with TensorRT, on one stream of one GPU.

    Images go up as cameras give them, and maps come down as they are published: padding, colour, bits and σ
    are for graphs of their own (`engines.tensorrt.borders`). A slice whose map is wanted goes through the
    graphs `advance` and `decode`, and one whose map is not through `advance` alone: so the state after it is
    the same to the last bit. Slices for two states are encoded once. What a call queues for a single image is
    launched as one CUDA graph. Plans are built for every size of images when it first comes, and kept in a
    cache on disk.

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
        Makes what launches the work of a call as one CUDA graph, if it can; None = it is queued one operation
        at a time.
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
        self._plans = TensorRtPlans(
            graphs=graphs,
            tensorrt=tensorrt,
            precision=precision,
            gpu=cuda.gpu,
            cache=cache or cache_folder(),
        )
        self._pool = DevicePool(cuda)
        steps = recorder(self._pool.stream) if recorder else None
        self._launcher = Launcher(self._plans, cuda=cuda, stream=self._pool.stream, steps=steps)
        self._runs = Runs(self._pool, graphs.info.config)
        self._formats: set[PictureFormat] = set()

    @property
    def engine(self) -> str:
        """Name and precision; "queued" where a step is not launched as one CUDA graph."""
        return f"tensorrt {'' if self._launcher.records else 'queued '}{self._plans.precision}"

    @property
    def free_bytes(self) -> int:
        """See `OnDevice.free_bytes`."""
        return self._cuda.free_bytes

    def synchronise(self) -> None:
        """See `OnDevice.synchronise`."""
        self._pool.synchronise()

    def close(self) -> None:
        """See `OnDevice.close`."""
        self._launcher.close()

    def encode(self, images: FloatArray, coordinates: FloatArray) -> TensorRtFeatures:
        """See `Runner.encode`."""
        return self._encode(self._send(images, coordinates))

    def encode_pictures(self, pictures: Pictures, coordinates: FloatArray) -> TensorRtFeatures:
        """See `PictureRunner.encode_pictures`."""
        return self._encode(*self._take(pictures, coordinates))

    def initial_state(self, shape: Shape) -> TensorRtState:
        """See `Runner.initial_state`; nothing is copied but for the first state of a size."""
        self._plans.require(shape)
        return self._runs.fresh_state(shape)

    def update(self, features: TensorRtFeatures, state: TensorRtState) -> TensorRtState:
        """See `Runner.update`; returns the same object, with its two states swapped."""
        after, update = self._runs.update(features, state)
        self._launcher.launch(update)
        state.go_on(after)
        return state

    def decode(self, state: TensorRtState) -> NetworkMaps:
        """See `Runner.decode`."""
        return self._maps(state.now, state.shape)

    def decode_pictures(self, state: TensorRtState, shape: tuple[int, ...]) -> DepthMaps:
        """See `PictureRunner.decode_pictures`."""
        like = PictureFormat(shape=(state.shape[0], *shape))
        self._get_ready(like)
        return self._published(state.now, like)

    def step(
        self, images: FloatArray, coordinates: FloatArray, state: TensorRtState
    ) -> tuple[TensorRtState, NetworkMaps]:
        """See `Runner.step`."""
        slices = self._send(images, coordinates)
        after, advance = self._runs.advance(slices, state)
        maps = self._maps(after, state.shape, advance)
        state.go_on(after)
        return state, maps

    def step_pictures(
        self, pictures: Pictures, coordinates: FloatArray, state: TensorRtState
    ) -> tuple[TensorRtState, DepthMaps]:
        """See `PictureRunner.step_pictures`."""
        slices, take = self._take(pictures, coordinates)
        after, advance = self._runs.advance(slices, state)
        maps = self._published(after, PictureFormat(shape=pictures.shape), take, advance)
        state.go_on(after)
        return state, maps

    def advance(self, images: FloatArray, coordinates: FloatArray, state: TensorRtState) -> TensorRtState:
        """See `Runner.advance`."""
        return self._advance(state, self._send(images, coordinates))

    def advance_pictures(
        self, pictures: Pictures, coordinates: FloatArray, state: TensorRtState
    ) -> TensorRtState:
        """See `PictureRunner.advance_pictures`."""
        return self._advance(state, *self._take(pictures, coordinates))

    def _send(self, images: FloatArray, coordinates: FloatArray) -> DeviceArrays:
        batch, height_px, width_px, _ = images.shape
        self._plans.require((batch, height_px, width_px))
        return self._runs.send(images, coordinates)

    def _take(self, pictures: Pictures, coordinates: FloatArray) -> tuple[DeviceArrays, Run]:
        bits_of(pictures.dtype)  # refused before anything is built
        self._get_ready(PictureFormat(shape=pictures.shape))
        return self._runs.take(pictures, coordinates)

    def _encode(self, slices: DeviceArrays, *before: Run) -> TensorRtFeatures:
        features, encode = self._runs.encode(slices)
        self._launcher.launch(*before, encode)
        return TensorRtFeatures(slices=slices, features=features)

    def _advance(self, state: TensorRtState, slices: DeviceArrays, *before: Run) -> TensorRtState:
        after, advance = self._runs.advance(slices, state)
        self._launcher.launch(*before, advance)
        state.go_on(after)
        return state

    def _maps(self, state: DeviceArrays, shape: Shape, *before: Run) -> NetworkMaps:
        maps, decode = self._runs.decode(state, shape)
        self._launcher.launch(*before, decode)
        return NetworkMaps(**self._pool.download(maps))

    def _published(self, state: DeviceArrays, like: PictureFormat, *before: Run) -> DepthMaps:
        maps, decode = self._runs.decode(state, like.padded_shape)
        published, give = self._runs.give(maps, like)
        self._launcher.launch(*before, decode, give)
        values = self._pool.download(published)
        coordinate, sigma, picture = (values[name][0] for name in PUBLISHED)
        return DepthMaps(coordinate=coordinate, coordinate_sigma=sigma, all_in_focus=picture)

    def _get_ready(self, like: PictureFormat) -> None:
        """Load what a format needs, whatever its bits, and record its slices, before a camera runs.

        Batches come from no camera: what they need is loaded when it is launched.
        """
        if like in self._formats:
            return
        self._plans.require(like.padded_shape)
        if like.shape[0] > 1:
            return
        for wanted in all_wanted(like):
            self._launcher.load(wanted)
        self._formats.add(like)
        if self._launcher.records:
            self._record_ahead(np.zeros(like.shape, np.uint8))
            self._record_ahead(np.zeros(like.shape, np.uint16))
        self._pool.synchronise()
        self._launcher.keep_kernels()

    def _record_ahead(self, picture: Pictures) -> None:
        """Stream as estimators do, with one state a sweep and with two, until all addresses have come."""
        at, shape = np.zeros(1, np.float32), PictureFormat(shape=picture.shape).padded_shape
        held: deque[DepthMaps] = deque(maxlen=_HELD)
        for slices in _SWEEPS_AHEAD:
            state = self.initial_state(shape)
            for _ in range(slices):
                state, maps = self.step_pictures(picture, at, state)
                held.append(maps)
            state = self.initial_state(shape)
            for _ in range(slices):
                state = self.advance_pictures(picture, at, state)
        for slices in _SWEEPS_AHEAD:
            older, state = state, self.initial_state(shape)
            for _ in range(slices):
                self._step_both(picture, at, older, state)

    def _step_both(self, picture: Pictures, at: FloatArray, *states: TensorRtState) -> None:
        features = self.encode_pictures(picture, at)
        for state in states:
            self.update(features, state)
        for state in states:
            self.decode_pictures(state, picture.shape[1:])


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
