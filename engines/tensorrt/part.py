"""One part of the network as TensorRT runs it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engines.errors import EngineError
from engines.tensorrt.borders import Ports
from engines.tensorrt.kernel_cache import KernelCache
from engines.tensorrt.package import Messages, TensorRt

Addresses = Mapping[str, int]


class TensorRtRuntime:
    """Loads plans. A GPU must have been found before: without a driver, loading crashes the process."""

    def __init__(self, tensorrt: TensorRt) -> None:
        self.tensorrt = tensorrt
        self.messages = Messages(tensorrt.module)
        self._runtime = tensorrt.made(tensorrt.module.Runtime)

    def load(self, plan: bytes, *, name: str, ports: Ports, kernels: Path) -> "TensorRtPart":
        """Return what a plan does, for these inputs and outputs; TensorRT for RTX keeps its kernels.

        Raises
        ------
        EngineError
            When TensorRT refuses it, or it is for others.
        """
        engine = self._runtime.deserialize_cuda_engine(plan)
        if engine is None:
            raise EngineError(f"{name}: TensorRT cannot load its plan ({self.messages.take('no reason')})")
        return TensorRtPart(self, engine, name=name, ports=ports, kernels=kernels)


class TensorRtPart:
    """A loaded plan, and its context; for one stream at a time.

    Raises
    ------
    EngineError
        When a shape or a type is refused, or memory of the GPU is short.
    """

    def __init__(
        self,
        runtime: TensorRtRuntime,
        engine: Any,  # noqa: ANN401
        *,
        name: str,
        ports: Ports,
        kernels: Path,
    ) -> None:
        self._runtime = runtime
        self._trt = runtime.tensorrt.module
        self._name = name
        self._engine = engine
        self._context: Any = None  # goes before the kernels when this object does
        self._kernels = KernelCache(kernels, engine) if runtime.tensorrt.portable else None
        given = [] if self._kernels is None else [self._kernels.config]
        self._context = engine.create_execution_context(*given)
        self._check(self._context is not None, "no context; is the GPU's memory full?")
        self._inputs, self._outputs = self._names()
        self._check(set(self._inputs) <= set(ports.inputs), "is a plan of another network")
        self._check(set(self._outputs) == set(ports.outputs), "is a plan of another network")
        wanted = {**ports.inputs, **ports.outputs}
        for each in (*self._inputs, *self._outputs):  # it would read and write past the end of memory
            found = tuple(engine.get_tensor_shape(each))
            self._check(found == wanted[each], f"has {each} of shape {found}, not {wanted[each]}")
            kind = "UINT8" if each in ports.uint8 else "FLOAT"
            fits = engine.get_tensor_dtype(each) == getattr(self._trt.DataType, kind)
            self._check(fits, f"has {each} of another type than {kind}")

    def keep_kernels(self) -> None:
        """Keep what was compiled, for the next start."""
        if self._kernels is not None:
            self._kernels.keep()

    def can_be_recorded(self, stream: int) -> bool:
        """Whether all of a run goes to the stream, so that it can be recorded there.

        Only TensorRT for RTX knows of runs that do not.
        """
        known = getattr(self._context, "is_stream_capturable", None)
        return known is None or bool(known(stream))

    def enqueue(self, inputs: Addresses, outputs: Addresses, stream: int) -> None:
        """Queue one run; nothing may be both input and output, for then TensorRT computes wrong values.

        See https://github.com/NVIDIA/TensorRT/issues/4681.
        """
        shared = set(inputs.values()).intersection(outputs.values())
        self._check(not shared, "was given the same memory as input and output")
        for name in self._inputs:
            self._check(self._context.set_tensor_address(name, inputs[name]), f"refuses memory of {name}")
        for name in self._outputs:
            self._check(self._context.set_tensor_address(name, outputs[name]), f"refuses memory of {name}")
        self._check(self._context.execute_async_v3(stream), "cannot be run")

    def _names(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the names of inputs and outputs."""
        engine, given = self._engine, self._trt.TensorIOMode.INPUT
        names = [engine.get_tensor_name(index) for index in range(engine.num_io_tensors)]
        inputs = tuple(name for name in names if engine.get_tensor_mode(name) == given)
        return inputs, tuple(name for name in names if name not in inputs)

    def _check(self, fine: object, otherwise: str) -> None:
        if not fine:
            raise EngineError(f"{self._name}: {otherwise} ({self._runtime.messages.take('no reason given')})")
