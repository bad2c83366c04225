"""The network on ONNX Runtime: on any CPU, and on NVIDIA GPUs when asked for."""

import contextlib
import io
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from engines.base import FloatArray, NetworkMaps, Runner
from engines.errors import EngineError
from engines.graphs.folder import GraphPart, Graphs
from engines.graphs.state_layout import COORDINATES, IMAGES, MAPS, feature_tensors, map_shapes, state_tensors
from focstream.program.extras import install_hint

try:
    import onnxruntime as ort
    from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors
except ImportError as error:
    raise EngineError(f"onnxruntime cannot be imported ({error}); {install_hint()}") from None

_log = logging.getLogger(__name__)

OnnxDevice = Literal["cpu", "cuda"]
Shape = tuple[int, int, int]
Values = Mapping[str, ort.OrtValue]
"""Values by the names of the graphs, such as features of slices with their coordinates."""

_PROVIDERS: Mapping[OnnxDevice, str] = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}
_OPTIONS: Mapping[str, Mapping[str, str]] = {
    "CPUExecutionProvider": {},
    "CUDAExecutionProvider": {"use_tf32": "0"},  # it would round float32 to ten bits by itself
}
_LOAD_ERRORS = (
    ort_errors.Fail,
    ort_errors.InvalidArgument,
    ort_errors.InvalidGraph,
    ort_errors.InvalidProtobuf,
    ort_errors.NoSuchFile,
    ort_errors.RuntimeException,
)


@dataclass(slots=True, kw_only=True)
class OnnxState:
    """Two sets of values for (batch, height, width): a step reads one and writes the other."""

    shape: Shape
    now: Values
    spare: Values


class OnnxRunner(Runner[Values, OnnxState]):
    """Computes the network with ONNX Runtime, in float32.

    Parameters
    ----------
    graphs
        As exported.
    device
        Where; features and states stay there.
    number
        Of the GPU.
    threads
        That compute; 0 = ONNX Runtime's choice.

    Raises
    ------
    EngineError
        When the device cannot be used: ONNX Runtime would go on without it.
    """

    def __init__(
        self, graphs: Graphs, *, device: OnnxDevice = "cpu", number: int = 0, threads: int = 0
    ) -> None:
        self._graphs = graphs
        self._device = device
        self._number = number if device == "cuda" else 0
        self._sessions = {
            part: _session(graphs, part, device, self._number, threads)
            for part in (GraphPart.ENCODE, GraphPart.UPDATE, GraphPart.DECODE)
        }
        self._inputs = {
            part: [node.name for node in session.get_inputs()] for part, session in self._sessions.items()
        }

    @property
    def engine(self) -> str:
        """Name, device and precision."""
        return "onnxruntime f32" if self._device == "cpu" else f"onnxruntime {self._device} f32"

    def encode(self, images: FloatArray, coordinates: FloatArray) -> Values:
        """See `Runner.encode`."""
        batch, height_px, width_px, _ = images.shape
        shape = (batch, height_px, width_px)
        self._graphs.require(shape)
        at = self._value(np.array(coordinates, np.float32))
        features = {
            spec.name: self._empty(spec.shape(*shape)) for spec in feature_tensors(self._graphs.info.config)
        }
        inputs = {IMAGES: self._value(np.ascontiguousarray(images)), COORDINATES: at}
        self._run(GraphPart.ENCODE, inputs, features)
        return features | {COORDINATES: at}

    def each(self, features: Values) -> list[Values]:
        """See `EachEncoder.each`; features in the memory of a GPU are copied there and back."""
        arrays = {name: np.array(value.numpy()) for name, value in features.items()}  # a view would dangle
        return [
            {name: self._value(array[i : i + 1]) for name, array in arrays.items()}
            for i in range(len(arrays[COORDINATES]))
        ]

    def initial_state(self, shape: Shape) -> OnnxState:
        """See `Runner.initial_state`."""
        specs = state_tensors(self._graphs.info.config)
        return OnnxState(
            shape=shape,
            now={spec.name: self._value(spec.initial(*shape)) for spec in specs},
            spare={spec.name: self._empty(spec.shape(*shape)) for spec in specs},
        )

    def update(self, features: Values, state: OnnxState) -> OnnxState:
        """See `Runner.update`; returns the same object, with its two sets of values swapped."""
        specs = state_tensors(self._graphs.info.config)
        outputs = {spec.next_name: state.spare[spec.name] for spec in specs}
        self._run(GraphPart.UPDATE, {**features, **state.now}, outputs)
        state.now, state.spare = state.spare, state.now
        return state

    def decode(self, state: OnnxState) -> NetworkMaps:
        """See `Runner.decode`."""
        maps = {n: self._empty(s) for n, s in zip(MAPS, map_shapes(state.shape), strict=True)}
        self._run(GraphPart.DECODE, state.now, maps)
        coordinate, log_scale, all_in_focus = (np.array(maps[name].numpy(), np.float32) for name in MAPS)
        return NetworkMaps(coordinate=coordinate, log_scale=log_scale, all_in_focus=all_in_focus)

    def _run(self, part: GraphPart, inputs: Values, outputs: Values) -> None:
        binding = self._sessions[part].io_binding()
        for name in self._inputs[part]:
            binding.bind_ortvalue_input(name, inputs[name])
        for name, value in outputs.items():
            binding.bind_ortvalue_output(name, value)
        self._sessions[part].run_with_iobinding(binding)

    def _value(self, array: FloatArray) -> ort.OrtValue:
        return ort.OrtValue.ortvalue_from_numpy(array, self._device, self._number)

    def _empty(self, shape: tuple[int, ...]) -> ort.OrtValue:
        return ort.OrtValue.ortvalue_from_shape_and_type(list(shape), np.float32, self._device, self._number)


def _session(
    graphs: Graphs, part: GraphPart, device: OnnxDevice, number: int, threads: int
) -> ort.InferenceSession:
    provider = _PROVIDERS[device]
    if provider not in ort.get_available_providers():
        raise EngineError(
            f"this onnxruntime has no {provider}; install onnxruntime-gpu in its place, or use the CPU"
        )
    _preload(provider)
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    # Each part has threads of its own; those that have just worked would wait busily, in the next part's way.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3  # errors; they are raised as exceptions too
    try:
        choices = {"device_id": str(number)} if device == "cuda" else {}
        providers = [(provider, {**_OPTIONS[provider], **choices})]
        session = ort.InferenceSession(graphs.read(part), options, providers=providers)
    except _LOAD_ERRORS as error:
        raise EngineError(
            f"{graphs.folder}: ONNX Runtime cannot load {part.value}.onnx ({_first_line(error)})"
        ) from None
    if session.get_providers()[0] != provider:
        raise EngineError(
            f"{provider} was asked for, but ONNX Runtime went on without it ({session.get_providers()[0]}): "
            "check the driver, CUDA and cuDNN, or use the CPU"
        )
    return session


def _preload(provider: str) -> None:
    """Load CUDA and cuDNN from the packages of pip's, where ONNX Runtime does not look by itself."""
    preload = getattr(ort, "preload_dlls", None)
    if preload is not None and provider == _PROVIDERS["cuda"]:
        with contextlib.redirect_stdout(io.StringIO()) as said:
            preload()
        for line in said.getvalue().splitlines():
            _log.debug("%s", line)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
