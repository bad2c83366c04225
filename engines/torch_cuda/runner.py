"""The network by torch on a device, every step of it on tensors that stay where they are."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from typing import Any

import torch
from torch import Tensor

from engines.base import FloatArray, NetworkMaps, Runner
from engines.errors import EngineError
from engines.graphs.modules import flatten, unflatten
from engines.graphs.state_layout import state_tensors
from engines.pictures import PictureFormat, Pictures
from engines.torch_cuda.layers import lowered
from engines.torch_cuda.ports import InPort, Kind, OutPort
from engines.torch_cuda.programs import Compute, CudaGraphs, Direct, Programs
from engines.torch_cuda.states import DeviceState, Places
from inference.depth_model import DepthMaps
from inference.network.network import FocDepthFormer, SliceFeatures, SweepState

Shape = tuple[int, int, int]
Images = FloatArray | Pictures
SHORT = {torch.float32: "f32", torch.bfloat16: "bf16", torch.float16: "f16"}


class TorchDeviceRunner(Runner[SliceFeatures, DeviceState]):
    """Computes the network with torch on one stream of a GPU, images and maps included.

    It computes what `engines.torch_runner.TorchRunner` does, in memory that stays where it is, so that steps
    can be recorded. Two states of a size have such places; more of them, as `--update rolling` has, are
    copied aside by turns.

    Parameters
    ----------
    network
        With its weights, in evaluation mode; it stays as it is.
    sigma_per_scale
        Of the weights.
    device
        Such as ``cuda:0``. On the ``cpu``, for tests, CUDA records nothing.
    precision
        Of convolutions and products; states and maps are float32 always.
    recorded
        Record steps as CUDA graphs when they are first used.
    programs
        Makes what records them, for a stream.
    """

    def __init__(
        self,
        network: FocDepthFormer,
        *,
        sigma_per_scale: float,
        device: torch.device,
        precision: torch.dtype = torch.float32,
        recorded: bool = True,
        programs: Callable[[Any], Programs] = CudaGraphs,
    ) -> None:
        self._device = device
        self._precision = precision
        self._sigma_per_scale = sigma_per_scale
        self._layout = state_tensors(network.config)
        self._stream = torch.cuda.Stream(device) if device.type == "cuda" else None
        with self._computing():
            self._network = lowered(network, precision).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
            self._programs: Programs = programs(self._stream) if recorded else Direct()
        self._inputs: dict[Shape, InPort] = {}
        self._outputs: dict[Kind, OutPort] = {}
        self._features: dict[Shape, SliceFeatures] = {}
        self._places: dict[Shape, Places] = {}

    @property
    def engine(self) -> str:
        """Name and precision; "eager" where steps are not launched as CUDA graphs."""
        return (
            f"torch {self._device.type} {'' if self._programs.records else 'eager '}{SHORT[self._precision]}"
        )

    def encode(self, images: FloatArray, coordinates: FloatArray) -> SliceFeatures:
        """See `Runner.encode`."""
        return self._encode(_shape(images), images, coordinates)

    def encode_pictures(self, pictures: Pictures, coordinates: FloatArray) -> SliceFeatures:
        """See `PictureRunner.encode_pictures`."""
        return self._encode(_kind(pictures).shape, pictures, coordinates)

    def each(self, features: SliceFeatures) -> list[SliceFeatures]:
        """See `EachEncoder.each`."""
        parts = [getattr(features, field.name).split(1) for field in fields(features)]
        return [_features(each) for each in zip(*parts, strict=True)]

    def initial_state(self, shape: Shape) -> DeviceState:
        """See `Runner.initial_state`; nothing is copied before it is used."""
        return DeviceState(shape=shape)

    def update(self, features: SliceFeatures, state: DeviceState) -> DeviceState:
        """See `Runner.update`; returns the same object."""
        with self._computing():
            places, given = self._place(state), self._features_of(state.shape)
            for field in fields(features):
                getattr(given, field.name).copy_(getattr(features, field.name))

            def way(before: Sequence[Tensor], after: Sequence[Tensor]) -> None:
                updated = self._network.update(given, unflatten(before, self._layout))
                _assign(after, flatten(updated, self._layout))

            self._programs.run(("update", state.shape), _ways(places, way), state.side)
            _go_on(state)
        return state

    def decode(self, state: DeviceState) -> NetworkMaps:
        """See `Runner.decode`."""
        with self._computing():
            return self._decode(state, Kind(shape=state.shape, pictures=None)).maps()

    def decode_pictures(self, state: DeviceState, shape: tuple[int, ...]) -> DepthMaps:
        """See `PictureRunner.decode_pictures`."""
        like = PictureFormat(shape=(state.shape[0], *shape))
        with self._computing():
            return self._decode(state, Kind(shape=state.shape, pictures=like)).published()

    def step(
        self, images: FloatArray, coordinates: FloatArray, state: DeviceState
    ) -> tuple[DeviceState, NetworkMaps]:
        """See `Runner.step`."""
        with self._computing():
            kind = Kind(shape=state.shape, pictures=None)
            return state, self._step(kind, images, coordinates, state).maps()

    def step_pictures(
        self, pictures: Pictures, coordinates: FloatArray, state: DeviceState
    ) -> tuple[DeviceState, DepthMaps]:
        """See `PictureRunner.step_pictures`."""
        with self._computing():
            return state, self._step(_kind(pictures), pictures, coordinates, state).published()

    def advance(self, images: FloatArray, coordinates: FloatArray, state: DeviceState) -> DeviceState:
        """See `Runner.advance`."""
        return self._advance(images, coordinates, state)

    def advance_pictures(
        self, pictures: Pictures, coordinates: FloatArray, state: DeviceState
    ) -> DeviceState:
        """See `PictureRunner.advance_pictures`."""
        return self._advance(pictures, coordinates, state)

    @property
    def free_bytes(self) -> int:
        """Memory of the GPU that nobody has taken."""
        return torch.cuda.mem_get_info(self._device)[0]

    def synchronise(self) -> None:
        """Wait for all work that was begun."""
        if self._stream is not None:
            self._stream.synchronize()

    def close(self) -> None:
        """Give the memory back; nothing can be run then."""
        self.synchronise()
        self._programs = Direct()  # recordings go first: they hold the others' addresses
        for part in (self._inputs, self._outputs, self._features, self._places):
            part.clear()
        if self._stream is not None:
            torch.cuda.empty_cache()

    def _encode(self, shape: Shape, images: Images, coordinates: FloatArray) -> SliceFeatures:
        with self._computing():
            port, given = self._input(shape), self._features_of(shape)
            port.put(images, coordinates)

            def way() -> None:
                found = self._network.encode(port.planes, port.coordinates)
                for field in fields(found):
                    getattr(given, field.name).copy_(getattr(found, field.name))

            self._programs.run(("encode", shape), [way], 0)
            return _features(getattr(given, field.name).clone() for field in fields(given))

    def _decode(self, state: DeviceState, kind: Kind) -> OutPort:
        places, port = self._place(state), self._output(kind)

        def way(now: Sequence[Tensor], _: Sequence[Tensor]) -> None:
            whole = unflatten(now, self._layout)
            port.set(whole, self._network.decode(whole))

        self._programs.run(("decode", kind), _ways(places, way), state.side)
        return port

    def _step(self, kind: Kind, images: Images, coordinates: FloatArray, state: DeviceState) -> OutPort:
        port, out, places = self._input(kind.shape), self._output(kind), self._place(state)
        port.put(images, coordinates)

        def way(before: Sequence[Tensor], after: Sequence[Tensor]) -> None:
            updated = self._updated(port, before)
            _assign(after, flatten(updated, self._layout))
            out.set(updated, self._network.decode(updated))

        self._programs.run(("step", kind), _ways(places, way), state.side)
        _go_on(state)
        return out

    def _advance(self, images: Images, coordinates: FloatArray, state: DeviceState) -> DeviceState:
        with self._computing():
            port, places = self._input(state.shape), self._place(state)
            port.put(images, coordinates)

            def way(before: Sequence[Tensor], after: Sequence[Tensor]) -> None:
                _assign(after, flatten(self._updated(port, before), self._layout))

            self._programs.run(("advance", state.shape), _ways(places, way), state.side)
            _go_on(state)
        return state

    def _updated(self, port: InPort, before: Sequence[Tensor]) -> SweepState:
        features = self._network.encode(port.planes, port.coordinates)
        return self._network.update(features, unflatten(before, self._layout))

    def _input(self, shape: Shape) -> InPort:
        if shape not in self._inputs:
            self._inputs[shape] = InPort(shape, self._device)
        return self._inputs[shape]

    def _output(self, kind: Kind) -> OutPort:
        if kind not in self._outputs:
            self._outputs[kind] = OutPort(kind, self._device, sigma_per_scale=self._sigma_per_scale)
        return self._outputs[kind]

    def _features_of(self, shape: Shape) -> SliceFeatures:
        """Return the place for features of a size, laid out as the network makes them."""
        if shape not in self._features:
            batch, height_px, width_px = shape
            blank = torch.zeros(batch, height_px, width_px, 3, device=self._device).permute(0, 3, 1, 2)
            self._features[shape] = self._network.encode(blank, torch.zeros(batch, device=self._device))
        return self._features[shape]

    def _place(self, state: DeviceState) -> Places:
        """Let a state be in its place, laid out as the network makes it."""
        shape = state.shape
        if shape not in self._places:
            features = self._features_of(shape)
            begin = self._network.initial_state(features)
            after = flatten(self._network.update(features, begin), self._layout)
            sides = tuple([torch.empty_like(values) for values in after] for _ in range(2))
            self._places[shape] = Places(begin=flatten(begin, self._layout), sides=(sides[0], sides[1]))
        self._places[shape].bring(state)
        return self._places[shape]

    @contextlib.contextmanager
    def _computing(self) -> Iterator[None]:
        """Compute on the stream, in the precision; f32 is not what NVIDIA's GPUs call TF32."""
        lower = self._precision != torch.float32
        cast = torch.autocast(self._device.type, self._precision, enabled=lower, cache_enabled=False)
        with torch.inference_mode(), cast, contextlib.ExitStack() as stack:
            if self._stream is not None:
                stack.enter_context(torch.cuda.device(self._device))
                stack.enter_context(torch.cuda.stream(self._stream))
                stack.enter_context(_no_tf32())
            try:
                yield
            except torch.OutOfMemoryError as error:
                raise EngineError(
                    f"{self.engine}: the GPU's memory is full ({_first_line(error)}); try --scale 0.5"
                ) from None
            except torch.AcceleratorError as error:
                raise EngineError(f"{self.engine}: {_first_line(error)}; see nvidia-smi") from None


Way = Callable[[Sequence[Tensor], Sequence[Tensor]], None]


def _ways(places: Places, way: Way) -> list[Compute]:
    """Return the way from one place to the other, and back."""
    one, other = places.sides
    return [lambda: way(one, other), lambda: way(other, one)]


def _go_on(state: DeviceState) -> None:
    state.side = 1 - state.side
    state.fresh = False


def _assign(places: Sequence[Tensor], values: Sequence[Tensor]) -> None:
    torch._foreach_copy_(list(places), list(values))


def _features(parts: "Iterator[Tensor] | Sequence[Tensor]") -> SliceFeatures:
    return SliceFeatures(
        **{field.name: part for field, part in zip(fields(SliceFeatures), parts, strict=True)}
    )


def _kind(pictures: Pictures) -> Kind:
    like = PictureFormat(shape=pictures.shape)
    return Kind(shape=like.padded_shape, pictures=like)


def _shape(images: FloatArray) -> Shape:
    batch, height_px, width_px, _ = images.shape
    return batch, height_px, width_px


@contextlib.contextmanager
def _no_tf32() -> Iterator[None]:
    convolutions, products = torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    try:
        yield
    finally:
        torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32 = convolutions, products


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
