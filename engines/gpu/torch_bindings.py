"""A double of TensorRT's bindings that computes with torch, on the memory that it is given.

On a GPU it queues its work on the stream that it is given, as TensorRT does. So the runner's order of work
can be proved on real memory, streams and CUDA graphs where TensorRT itself is not installed.
"""

import ctypes
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engines.gpu.cuda_double import CudaDouble
from engines.gpu.torch_parts import Compute, part_of
from inference.network.network import FocDepthFormer

VERSION = "10.0.torch"
_TYPES: Mapping[torch.dtype, tuple[str, Any]] = {
    torch.float32: ("<f4", ctypes.c_float),
    torch.uint8: ("|u1", ctypes.c_uint8),
}

Shapes = dict[str, tuple[int, ...]]
Run = Callable[[Callable[[], None], int], None]
"""Queues work on a stream."""


class TensorIOMode(IntEnum):
    """As TensorRT's."""

    INPUT = 1
    OUTPUT = 2


class DataType(IntEnum):
    """As TensorRT's."""

    FLOAT = 0
    UINT8 = 5


class Severity(IntEnum):
    """As TensorRT's."""

    INTERNAL_ERROR = 0
    ERROR = 1


class ILogger:
    """As TensorRT's."""

    Severity = Severity


@dataclass(slots=True)
class _Input:
    name: str
    shape: tuple[int, ...]


class _Network:
    """As TensorRT's, of one graph."""

    def __init__(self) -> None:
        self.inputs: list[_Input] = []
        self.outputs: Shapes = {}
        self.uint8: list[str] = []

    @property
    def num_inputs(self) -> int:
        """Inputs that there are."""
        return len(self.inputs)

    def get_input(self, index: int) -> _Input:
        """Return one input; its shape may be set."""
        return self.inputs[index]


class _Parser:
    """As TensorRT's; knows inputs and outputs, and leaves the rest to torch."""

    num_errors = 0

    def __init__(self, network: _Network, logger: object) -> None:
        del logger
        self._network = network

    def parse(self, model: bytes) -> bool:
        """Read a serialized ONNX graph."""
        import onnx

        graph = onnx.load_from_string(model).graph
        self._network.inputs = [_Input(value.name, _free_shape(value)) for value in graph.input]
        self._network.outputs = {value.name: _free_shape(value) for value in graph.output}
        ports = (*graph.input, *graph.output)
        kind = onnx.TensorProto.UINT8
        self._network.uint8 = [each.name for each in ports if each.type.tensor_type.elem_type == kind]
        return True


def _free_shape(value: Any) -> tuple[int, ...]:  # noqa: ANN401 - onnx has no types
    return tuple(axis.dim_value or -1 for axis in value.type.tensor_type.shape.dim)


class _Config:
    """As TensorRT's; there is nothing to choose."""

    def clear_flag(self, flag: object) -> None:
        """Take note of nothing."""

    def create_timing_cache(self, serialized: bytes) -> "_Timings":
        """Return an empty one."""
        del serialized
        return _Timings()

    def set_timing_cache(self, cache: "_Timings", ignore_mismatch: bool) -> bool:
        """Take it."""
        del cache, ignore_mismatch
        return True


class _Timings:
    """As TensorRT's; there is nothing to measure."""

    def serialize(self) -> bytes:
        """Return what is known."""
        return b""


class _Builder:
    """As TensorRT's; a plan is names, shapes and types of its inputs and outputs."""

    def __init__(self, logger: object) -> None:
        del logger

    def create_network(self, flags: int = 0) -> _Network:
        """Make an empty network."""
        del flags
        return _Network()

    def create_builder_config(self) -> _Config:
        """Make a configuration."""
        return _Config()

    def build_serialized_network(self, network: _Network, config: _Config) -> bytes:
        """Make a plan."""
        del config
        inputs = {each.name: each.shape for each in network.inputs}
        plan = {"inputs": inputs, "outputs": network.outputs, "uint8": network.uint8}
        return json.dumps(plan).encode()


class _Context:
    """As TensorRT's: computes one graph."""

    def __init__(self, engine: "_Engine") -> None:
        self._engine = engine
        self._addresses: dict[str, int] = {}

    def set_tensor_address(self, name: str, memory: int) -> bool:
        """Take the memory of an input or output."""
        self._addresses[name] = memory
        return True

    def execute_async_v3(self, stream_handle: int) -> bool:
        """Queue one run."""
        at = dict(self._addresses)  # as they are now: they may be others when the work is done
        self._engine.run(lambda: self._compute(at), stream_handle)
        return True

    def _compute(self, at: Mapping[str, int]) -> None:
        engine = self._engine
        inputs = {name: engine.view(name, at[name]) for name in engine.inputs}
        with torch.inference_mode():
            for name, value in engine.compute(inputs).items():
                engine.view(name, at[name]).copy_(value)


class _Engine:
    """As TensorRT's."""

    def __init__(self, plan: Mapping[str, Any], compute: Compute, run: Run, device: torch.device) -> None:
        self.inputs: tuple[str, ...] = tuple(plan["inputs"])
        self.outputs: tuple[str, ...] = tuple(plan["outputs"])
        self.run = run
        self.compute = compute
        self._device = device
        self._uint8 = frozenset(plan["uint8"])
        self._shapes: Shapes = {name: tuple(shape) for name, shape in plan["inputs"].items()}
        zeros = {
            name: torch.zeros(self._shapes[name], dtype=self._kind(name), device=device)
            for name in self.inputs
        }
        with torch.inference_mode():
            self._shapes |= {name: tuple(value.shape) for name, value in self.compute(zeros).items()}

    @property
    def num_io_tensors(self) -> int:
        """Inputs and outputs that there are."""
        return len(self.inputs) + len(self.outputs)

    def get_tensor_name(self, index: int) -> str:
        """Return the name of an input or output."""
        return (*self.inputs, *self.outputs)[index]

    def get_tensor_mode(self, name: str) -> TensorIOMode:
        """Return which it is."""
        return TensorIOMode.INPUT if name in self.inputs else TensorIOMode.OUTPUT

    def get_tensor_dtype(self, name: str) -> DataType:
        """Return the type of an input or output."""
        return DataType.UINT8 if name in self._uint8 else DataType.FLOAT

    def get_tensor_shape(self, name: str) -> tuple[int, ...]:
        """Return the shape of an input or output."""
        return self._shapes[name]

    def create_execution_context(self) -> _Context:
        """Make what runs it."""
        return _Context(self)

    def view(self, name: str, address: int) -> Tensor:
        """Return memory as a tensor."""
        return memory_view(address, self._shapes[name], self._device, self._kind(name))

    def _kind(self, name: str) -> torch.dtype:
        return torch.uint8 if name in self._uint8 else torch.float32


def memory_view(
    address: int, shape: tuple[int, ...], device: torch.device, kind: torch.dtype = torch.float32
) -> Tensor:
    """View numbers at an address of the device as a tensor; nothing is copied."""
    typestr, number = _TYPES[kind]
    if device.type == "cpu":
        numbers = (number * math.prod(shape)).from_address(address)
        return torch.from_numpy(np.ctypeslib.as_array(numbers).reshape(shape))
    interface = {"shape": shape, "typestr": typestr, "data": (address, False), "version": 3}
    return torch.as_tensor(SimpleNamespace(__cuda_array_interface__=interface), device=device)


def torch_bindings(network: FocDepthFormer, *, sigma_per_scale: float, double: CudaDouble | None) -> Any:  # noqa: ANN401 - a module
    """Return what is imported as ``tensorrt``; `double` is the double of a GPU, None for a real one."""
    device = torch.device("cpu" if double else "cuda")
    network = network.to(device).eval()

    def on_gpu(work: Callable[[], None], stream: int) -> None:
        with torch.cuda.stream(torch.cuda.ExternalStream(stream)):
            work()

    def on_host(work: Callable[[], None], stream: int) -> None:
        assert double is not None
        double.queue(stream, work)

    class Runtime:
        def __init__(self, logger: object) -> None:
            del logger

        def deserialize_cuda_engine(self, serialized_engine: bytes) -> _Engine:
            plan = json.loads(serialized_engine)
            compute = part_of(network, plan["inputs"], plan["outputs"], sigma_per_scale=sigma_per_scale)
            return _Engine(plan, compute, on_host if double else on_gpu, device)

    return SimpleNamespace(
        __version__=VERSION,
        __name__="tensorrt",
        Builder=_Builder,
        BuilderFlag=SimpleNamespace(TF32=0),
        DataType=DataType,
        ILogger=ILogger,
        NetworkDefinitionCreationFlag=SimpleNamespace(STRONGLY_TYPED=0),
        OnnxParser=_Parser,
        Runtime=Runtime,
        TensorIOMode=TensorIOMode,
    )
