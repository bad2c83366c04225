"""A double of TensorRT's bindings that computes with ONNX Runtime, on the memory of `cuda_double`.

It is as strict as TensorRT, or more: strongly typed networks only, a size for every input, no address left
out, and nothing that is input and output at once. A plan is the shapes of its inputs and the ONNX graph.
"""

import json
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
from onnx.reference import ReferenceEvaluator

from engines.gpu.cuda_double import CudaDouble, holds
from tests.engines.tensorrt.double_enums import (
    BuilderFlag,
    ComputeCapability,
    DataType,
    NetworkDefinitionCreationFlag,
    RtxBuilderFlag,
    Severity,
    TensorIOMode,
)

_MAGIC = b"DOUBLE\n"
_TIMES = b"TIMES\n"
_KERNELS = b"KERNELS\n"
_UNWRITTEN = {"f": np.nan, "u": 0xAA}


class ILogger:
    Severity = Severity

    def log(self, severity: Severity, msg: str) -> None:
        raise NotImplementedError


class ITensor:
    name = ""
    shape: tuple[int, ...] = ()

    def __init__(self, name: str, shape: tuple[int, ...]) -> None:
        self.name = name
        self.shape = shape


class INetworkDefinition:
    def __init__(self) -> None:
        self.model = b""
        self.inputs: list[ITensor] = []

    @property
    def num_inputs(self) -> int:
        return len(self.inputs)

    def get_input(self, index: int) -> ITensor:
        return self.inputs[index]


class ParserError:
    def __init__(self, said: str) -> None:
        self._said = said

    def desc(self) -> str:
        return self._said

    def node_operator(self) -> str:
        return "Double"


class OnnxParser:
    def __init__(self, network: INetworkDefinition, logger: ILogger) -> None:
        self._network = network
        self._errors: list[ParserError] = []

    @property
    def num_errors(self) -> int:
        return len(self._errors)

    def get_error(self, index: int) -> ParserError:
        return self._errors[index]

    def parse(self, model: bytes) -> bool:
        try:
            found = onnx.load_from_string(model)
            onnx.checker.check_model(found)
        except Exception as error:  # noqa: BLE001 - whatever is wrong, it did not parse
            self._errors.append(ParserError(f"not parsed:\n{type(error).__name__}"))
            return False
        self._network.model = model
        self._network.inputs = [ITensor(value.name, _dimensions(value)) for value in found.graph.input]
        return True


def _dimensions(value: onnx.ValueInfoProto) -> tuple[int, ...]:
    return tuple(each.dim_value or -1 for each in value.type.tensor_type.shape.dim)


class ITimingCache:
    def __init__(self, times: bytes) -> None:
        self.times = times

    def serialize(self) -> bytes:
        return _TIMES + self.times


class IBuilderConfig:
    def __init__(self) -> None:
        self.flags: set[str] = {BuilderFlag.TF32.name}
        self.timings: ITimingCache | None = None

    def clear_flag(self, flag: BuilderFlag) -> None:
        self.flags.discard(flag.name)

    def create_timing_cache(self, serialized_timing_cache: bytes) -> ITimingCache | None:
        if serialized_timing_cache and not serialized_timing_cache.startswith(_TIMES):
            return None
        return ITimingCache(serialized_timing_cache.removeprefix(_TIMES))

    def set_timing_cache(self, cache: ITimingCache, ignore_mismatch: bool) -> bool:
        assert not ignore_mismatch
        self.timings = cache
        return True


class RtxBuilderConfig(IBuilderConfig):
    num_compute_capabilities = 0

    def set_flag(self, flag: RtxBuilderFlag) -> None:
        self.flags.add(flag.name)

    def set_compute_capability(self, compute_capability: ComputeCapability, index: int) -> bool:
        return index == 0 and self.num_compute_capabilities == 1


class Builder:
    def __init__(self, logger: ILogger) -> None:
        self._logger = logger

    def create_network(self, flags: int = 0) -> INetworkDefinition:
        assert flags == 1 << NetworkDefinitionCreationFlag.STRONGLY_TYPED
        return INetworkDefinition()

    def create_builder_config(self) -> IBuilderConfig:
        return IBuilderConfig()

    def build_serialized_network(self, network: INetworkDefinition, config: IBuilderConfig) -> bytes | None:
        assert BuilderFlag.TF32.name not in config.flags
        shapes = {each.name: each.shape for each in network.inputs}
        if any(-1 in shape for shape in shapes.values()):
            self._logger.log(Severity.ERROR, "dynamic shapes without\na profile")
            return None
        if config.timings is not None:
            config.timings.times += b"measured\n"
        told = {"shapes": shapes, "flags": sorted(config.flags)}
        return _MAGIC + json.dumps(told).encode() + b"\n" + network.model


_TYPES = {onnx.TensorProto.FLOAT: DataType.FLOAT, onnx.TensorProto.UINT8: DataType.UINT8}


class _Network:
    """An ONNX graph that can be run; float16 not by ONNX Runtime, which computes it in float32 on CPUs."""

    def __init__(self, model: bytes) -> None:
        found = onnx.load_from_string(model)
        self.inputs = {value.name: value.type.tensor_type.elem_type for value in found.graph.input}
        self.outputs = {value.name: value.type.tensor_type.elem_type for value in found.graph.output}
        self.types = self.inputs | self.outputs
        half = any(tensor.data_type == onnx.TensorProto.FLOAT16 for tensor in found.graph.initializer)
        self._runs: ReferenceEvaluator | ort.InferenceSession
        if half:
            self._runs = ReferenceEvaluator(found)
        else:
            options = ort.SessionOptions()
            options.intra_op_num_threads = 1
            options.log_severity_level = 3
            self._runs = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def kind(self, name: str) -> np.dtype[Any]:
        return onnx.helper.tensor_dtype_to_np_dtype(self.types[name])

    def run(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        names = list(self.outputs)
        with np.errstate(all="ignore"):
            return dict(zip(names, self._runs.run(names, dict(inputs)), strict=True))


class IExecutionContext:
    def __init__(self, cuda: CudaDouble, network: _Network, shapes: Mapping[str, tuple[int, ...]]) -> None:
        self._cuda = cuda
        self._network = network
        self._shapes = shapes
        self._addresses: dict[str, int] = {}

    def set_tensor_address(self, name: str, memory: int) -> bool:
        size = self._network.kind(name).itemsize * int(np.prod(self._shapes[name]))
        if memory % 256 or not holds(self._cuda.device, memory, size):
            return False
        self._addresses[name] = memory
        return True

    def execute_async_v3(self, stream_handle: int) -> bool:
        self._cuda.used_on.add(self._cuda.current)
        at = dict(self._addresses)  # as they are now: they may be others when the work is done
        if stream_handle not in self._cuda.streams or set(at) != set(self._shapes):
            return False
        if {at[name] for name in self._network.inputs} & {at[name] for name in self._network.outputs}:
            return False
        self._cuda.queue(stream_handle, lambda: self._run(at))
        return True

    def _run(self, at: Mapping[str, int]) -> None:
        assert all(holds(self._cuda.device, address, 1) for address in at.values()), "memory was freed"
        self._cuda.ran.append(frozenset(self._shapes.items()))
        inputs = {name: self._view(name, at[name]).copy() for name in self._network.inputs}
        for name in self._network.outputs:  # a reader of what is being written must not find the old values
            view = self._view(name, at[name])
            view[...] = _UNWRITTEN[view.dtype.kind]
        for name, value in self._network.run(inputs).items():
            self._view(name, at[name])[...] = value

    def _view(self, name: str, address: int) -> np.ndarray[Any, np.dtype[Any]]:
        shape, kind = self._shapes[name], self._network.kind(name)
        numbers = np.ctypeslib.as_ctypes_type(kind) * int(np.prod(shape))
        return np.ctypeslib.as_array(numbers.from_address(address)).reshape(shape)


class RtxExecutionContext(IExecutionContext):
    def is_stream_capturable(self, stream: int) -> bool:
        return stream in self._cuda.streams and self._cuda.capturable


class IRuntimeCache:
    def __init__(self) -> None:
        self.kernels = b""

    def serialize(self) -> bytes:
        return self.kernels

    def deserialize(self, blob: bytes) -> bool:
        if blob != _KERNELS:
            return False
        self.kernels = blob
        return True


class IRuntimeConfig:
    def __init__(self) -> None:
        self.cache: IRuntimeCache | None = None

    def create_runtime_cache(self) -> IRuntimeCache:
        return IRuntimeCache()

    def set_runtime_cache(self, cache: IRuntimeCache) -> bool:
        self.cache = cache
        return True


class ICudaEngine:
    def __init__(
        self, cuda: CudaDouble, network: _Network, shapes: Mapping[str, Any], context: type[IExecutionContext]
    ) -> None:
        self._cuda = cuda
        self._network = network
        self._context = context
        self._shapes = {name: tuple(shape) for name, shape in shapes.items()}
        zeros = {name: np.zeros(shape, network.kind(name)) for name, shape in self._shapes.items()}
        self._shapes |= {name: value.shape for name, value in network.run(zeros).items()}
        self._names = [*network.inputs, *network.outputs]

    @property
    def num_io_tensors(self) -> int:
        return len(self._names)

    def get_tensor_name(self, index: int) -> str:
        return self._names[index]

    def get_tensor_mode(self, name: str) -> TensorIOMode:
        return TensorIOMode.INPUT if name in self._network.inputs else TensorIOMode.OUTPUT

    def get_tensor_dtype(self, name: str) -> DataType:
        return _TYPES.get(self._network.types[name], DataType.HALF)

    def get_tensor_shape(self, name: str) -> tuple[int, ...]:
        return self._shapes[name]

    def create_execution_context(self) -> IExecutionContext:
        return self._context(self._cuda, self._network, self._shapes)


class RtxCudaEngine(ICudaEngine):
    def create_runtime_config(self) -> IRuntimeConfig:
        return IRuntimeConfig()

    def create_execution_context(self, runtime_config: IRuntimeConfig | None = None) -> IExecutionContext:
        cache = None if runtime_config is None else runtime_config.cache
        if cache is None or not cache.kernels:
            self._cuda.compiled += 1
        if cache is not None:
            cache.kernels = _KERNELS
        return super().create_execution_context()


def bindings(
    cuda: CudaDouble, *, version: str = "11.4.0", name: str = "tensorrt", usable: bool = True
) -> Any:
    """Return what is imported under `name`; not `usable`, it makes nothing, as if the driver were too old."""
    rtx = name == "tensorrt_rtx"
    context = RtxExecutionContext if rtx else IExecutionContext
    engine = RtxCudaEngine if rtx else ICudaEngine

    class Runtime:
        def __init__(self, logger: ILogger) -> None:
            _require(usable, logger)
            cuda.loggers.append(logger)
            self._logger = logger

        def deserialize_cuda_engine(self, serialized_engine: bytes) -> ICudaEngine | None:
            if not serialized_engine.startswith(_MAGIC):
                self._logger.log(Severity.ERROR, "magic tag does not match\nno plan")
                return None
            told, model = serialized_engine.removeprefix(_MAGIC).split(b"\n", 1)
            return engine(cuda, _Network(model), json.loads(told)["shapes"], context)

    class UsableBuilder(Builder):
        def __init__(self, logger: ILogger) -> None:
            _require(usable, logger)
            cuda.loggers.append(logger)
            super().__init__(logger)

        def create_builder_config(self) -> IBuilderConfig:
            return RtxBuilderConfig() if rtx else IBuilderConfig()

    return SimpleNamespace(
        __version__=version,
        __name__=name,
        BuilderFlag=RtxBuilderFlag if rtx else BuilderFlag,
        Builder=UsableBuilder,
        ComputeCapability=ComputeCapability,
        DataType=DataType,
        ILogger=ILogger,
        NetworkDefinitionCreationFlag=NetworkDefinitionCreationFlag,
        OnnxParser=OnnxParser,
        Runtime=Runtime,
        TensorIOMode=TensorIOMode,
    )


def _require(usable: bool, logger: ILogger) -> None:
    if not usable:
        logger.log(Severity.ERROR, "CUDA initialization failure with error: 35")
        raise TypeError("pybind11::init(): factory function returned nullptr")


CLASSES = (
    Builder,
    IBuilderConfig,
    ICudaEngine,
    IExecutionContext,
    ILogger,
    INetworkDefinition,
    ITensor,
    ITimingCache,
    OnnxParser,
    ParserError,
)
RTX_CLASSES = {
    "IBuilderConfig": RtxBuilderConfig,
    "ICudaEngine": RtxCudaEngine,
    "IExecutionContext": RtxExecutionContext,
    "IRuntimeCache": IRuntimeCache,
    "IRuntimeConfig": IRuntimeConfig,
}
"""What TensorRT for RTX has more, by the name of its class there."""
