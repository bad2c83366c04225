"""A double of TensorRT's bindings that computes with ONNX Runtime, on the memory of `cuda_double`.

It is as strict as TensorRT, or more: strongly typed networks only, a profile for every input, no address left
out, and nothing that is input and output at once. A plan is the shapes of its profile and the ONNX graph.
"""
# ruff: noqa: A002 - the names are NVIDIA's

import ctypes
import json
from collections.abc import Mapping
from enum import IntEnum
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
from onnx.reference import ReferenceEvaluator

from tests.engines.tensorrt.cuda_double import CudaDouble, holds

_MAGIC = b"DOUBLE\n"


class NetworkDefinitionCreationFlag(IntEnum):
    STRONGLY_TYPED = 1


class BuilderFlag(IntEnum):
    TF32 = 7


class TensorIOMode(IntEnum):
    INPUT = 1
    OUTPUT = 2


class DataType(IntEnum):
    FLOAT = 0
    HALF = 1


class Severity(IntEnum):
    INTERNAL_ERROR = 0
    ERROR = 1
    WARNING = 2
    INFO = 3
    VERBOSE = 4


class ILogger:
    Severity = Severity

    def log(self, severity: Severity, msg: str) -> None:
        raise NotImplementedError


class INetworkDefinition:
    def __init__(self) -> None:
        self.model = b""


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
            onnx.checker.check_model(onnx.load_from_string(model))
        except Exception as error:  # noqa: BLE001 - whatever is wrong, it did not parse
            self._errors.append(ParserError(f"not parsed:\n{type(error).__name__}"))
            return False
        self._network.model = model
        return True


class IOptimizationProfile:
    def __init__(self) -> None:
        self.shapes: dict[str, tuple[int, ...]] = {}

    def set_shape(
        self,
        input: str,
        min: tuple[int, ...],
        opt: tuple[int, ...],
        max: tuple[int, ...],
    ) -> None:
        assert min == opt == max
        self.shapes[input] = opt


class IBuilderConfig:
    def __init__(self) -> None:
        self.profiles: list[IOptimizationProfile] = []
        self.tf32 = True

    def clear_flag(self, flag: BuilderFlag) -> None:
        self.tf32 = self.tf32 and flag is not BuilderFlag.TF32

    def add_optimization_profile(self, profile: IOptimizationProfile) -> int:
        self.profiles.append(profile)
        return len(self.profiles) - 1


class Builder:
    def __init__(self, logger: ILogger) -> None:
        self._logger = logger

    def create_network(self, flags: int = 0) -> INetworkDefinition:
        assert flags == 1 << NetworkDefinitionCreationFlag.STRONGLY_TYPED
        return INetworkDefinition()

    def create_builder_config(self) -> IBuilderConfig:
        return IBuilderConfig()

    def create_optimization_profile(self) -> IOptimizationProfile:
        return IOptimizationProfile()

    def build_serialized_network(self, network: INetworkDefinition, config: IBuilderConfig) -> bytes | None:
        assert not config.tf32
        (profile,) = config.profiles
        inputs = {value.name for value in onnx.load_from_string(network.model).graph.input}
        if inputs != set(profile.shapes):
            self._logger.log(Severity.ERROR, f"profile lacks\n{inputs ^ set(profile.shapes)}")
            return None
        return _MAGIC + json.dumps(profile.shapes).encode() + b"\n" + network.model


class _Network:
    """An ONNX graph that can be run; float16 not by ONNX Runtime, which computes it in float32 on CPUs."""

    def __init__(self, model: bytes) -> None:
        found = onnx.load_from_string(model)
        self.inputs = {value.name: value.type.tensor_type.elem_type for value in found.graph.input}
        self.outputs = {value.name: value.type.tensor_type.elem_type for value in found.graph.output}
        half = any(tensor.data_type == onnx.TensorProto.FLOAT16 for tensor in found.graph.initializer)
        self._runs: ReferenceEvaluator | ort.InferenceSession
        if half:
            self._runs = ReferenceEvaluator(found)
        else:
            options = ort.SessionOptions()
            options.intra_op_num_threads = 1
            options.log_severity_level = 3
            self._runs = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def run(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        names = list(self.outputs)
        with np.errstate(all="ignore"):
            return dict(zip(names, self._runs.run(names, dict(inputs)), strict=True))


class IExecutionContext:
    def __init__(self, cuda: CudaDouble, network: _Network, profile: Mapping[str, Any]) -> None:
        self._cuda = cuda
        self._network = network
        self._profile = {name: tuple(shape) for name, shape in profile.items()}
        self._shapes: dict[str, tuple[int, ...]] = {}
        self._addresses: dict[str, int] = {}

    def set_input_shape(self, name: str, shape: tuple[int, ...]) -> bool:
        if self._profile.get(name) != tuple(shape):
            return False
        self._shapes[name] = tuple(shape)
        return True

    def infer_shapes(self) -> list[str]:
        missing = sorted(set(self._profile) - set(self._shapes))
        if not missing:
            zeros = {name: np.zeros(self._shapes[name], np.float32) for name in self._network.inputs}
            self._shapes |= {name: value.shape for name, value in self._network.run(zeros).items()}
        return missing

    def get_tensor_shape(self, name: str) -> tuple[int, ...]:
        return self._shapes[name]

    def set_tensor_address(self, name: str, memory: int) -> bool:
        size = 4 * int(np.prod(self._shapes[name]))
        if memory % 256 or not holds(self._cuda.device, memory, size):
            return False
        self._addresses[name] = memory
        return True

    def execute_async_v3(self, stream_handle: int) -> bool:
        at = dict(self._addresses)  # as they are now: they may be others when the work is done
        if stream_handle not in self._cuda.streams or set(at) != set(self._shapes):
            return False
        if {at[name] for name in self._network.inputs} & {at[name] for name in self._network.outputs}:
            return False
        self._cuda.queue(stream_handle, lambda: self._run(at))
        return True

    def _run(self, at: Mapping[str, int]) -> None:
        assert all(holds(self._cuda.device, address, 4) for address in at.values()), "memory was freed"
        inputs = {name: self._view(name, at[name]).copy() for name in self._network.inputs}
        for name in self._network.outputs:  # a reader of what is being written must not find the old values
            self._view(name, at[name])[...] = np.nan
        for name, value in self._network.run(inputs).items():
            self._view(name, at[name])[...] = value

    def _view(self, name: str, address: int) -> np.ndarray[Any, np.dtype[np.float32]]:
        shape = self._shapes[name]
        return np.ctypeslib.as_array((ctypes.c_float * int(np.prod(shape))).from_address(address)).reshape(
            shape
        )


class ICudaEngine:
    def __init__(self, cuda: CudaDouble, network: _Network, profile: Mapping[str, Any]) -> None:
        self._cuda = cuda
        self._network = network
        self._profile = profile
        self._names = [*network.inputs, *network.outputs]

    @property
    def num_io_tensors(self) -> int:
        return len(self._names)

    def get_tensor_name(self, index: int) -> str:
        return self._names[index]

    def get_tensor_mode(self, name: str) -> TensorIOMode:
        return TensorIOMode.INPUT if name in self._network.inputs else TensorIOMode.OUTPUT

    def get_tensor_dtype(self, name: str) -> DataType:
        found = (self._network.inputs | self._network.outputs)[name]
        return DataType.FLOAT if found == onnx.TensorProto.FLOAT else DataType.HALF

    def create_execution_context(self) -> IExecutionContext:
        return IExecutionContext(self._cuda, self._network, self._profile)


def bindings(cuda: CudaDouble, *, version: str = "11.4.0") -> Any:
    """Return what is imported as ``tensorrt``."""

    class Runtime:
        def __init__(self, logger: ILogger) -> None:
            self._logger = logger

        def deserialize_cuda_engine(self, serialized_engine: bytes) -> ICudaEngine | None:
            if not serialized_engine.startswith(_MAGIC):
                self._logger.log(Severity.ERROR, "magic tag does not match\nno plan")
                return None
            profile, model = serialized_engine.removeprefix(_MAGIC).split(b"\n", 1)
            return ICudaEngine(cuda, _Network(model), json.loads(profile))

    return SimpleNamespace(
        __version__=version,
        __name__="tensorrt",
        BuilderFlag=BuilderFlag,
        Builder=Builder,
        DataType=DataType,
        ILogger=ILogger,
        NetworkDefinitionCreationFlag=NetworkDefinitionCreationFlag,
        OnnxParser=OnnxParser,
        Runtime=Runtime,
        TensorIOMode=TensorIOMode,
    )


CLASSES = (
    Builder,
    IBuilderConfig,
    ICudaEngine,
    IExecutionContext,
    ILogger,
    INetworkDefinition,
    IOptimizationProfile,
    OnnxParser,
    ParserError,
)
ENUMS = (BuilderFlag, DataType, NetworkDefinitionCreationFlag, TensorIOMode)
