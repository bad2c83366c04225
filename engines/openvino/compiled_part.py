"""One compiled part of the network on OpenVINO."""

import io
import json
from collections.abc import Mapping, Sequence

import openvino as ov

from engines.base import LayerTime
from engines.errors import EngineError
from engines.openvino.wiring import Wiring

Settings = Mapping[str, str | int | bool]


class CompiledPart:
    """A graph ready to run.

    Parameters
    ----------
    model
        Compiled.
    inputs, outputs
        Their names, in their order.
    """

    def __init__(self, model: ov.CompiledModel, inputs: Sequence[str], outputs: Sequence[str]) -> None:
        self._model = model
        self._inputs, self._outputs = tuple(inputs), tuple(outputs)
        self._requests = [_Request(model, self._inputs, self._outputs) for _ in range(2)]

    def exported(self) -> bytes:
        """Return what `imported` takes: one line with the names, then the compiled model."""
        names = json.dumps({"inputs": self._inputs, "outputs": self._outputs})
        return names.encode() + b"\n" + self._model.export_model().getvalue()

    def run(self, inputs: Mapping[str, ov.Tensor], outputs: Mapping[str, ov.Tensor]) -> None:
        """Compute the outputs into the given tensors; no input may be an output."""
        # A state goes to and fro between two sets of tensors: each has a request that keeps them.
        self._requests.reverse()
        request = self._requests[0]
        request.bind(inputs, outputs)
        request.infer()

    def layer_times(self) -> list[LayerTime]:
        """Return those of the last run; only where the setting PERF_COUNT is on."""
        return [
            LayerTime(
                name=info.node_name, kind=info.exec_type, microseconds=info.real_time.total_seconds() * 1e6
            )
            for info in self._requests[0].profile()
        ]


class _Request:
    """One request of a model, and what it is bound to."""

    def __init__(self, model: ov.CompiledModel, inputs: Sequence[str], outputs: Sequence[str]) -> None:
        self._request = model.create_infer_request()
        self._inputs, self._outputs = inputs, outputs
        self._bound: dict[str, ov.Tensor] = {}
        self.infer = self._request.infer

    def bind(self, inputs: Mapping[str, ov.Tensor], outputs: Mapping[str, ov.Tensor]) -> None:
        """Read from and write to these tensors; only what is not bound yet is."""
        bound = self._bound
        for index, name in enumerate(self._inputs):
            if bound.get(name) is not inputs[name]:
                self._request.set_input_tensor(index, inputs[name])
                bound[name] = inputs[name]
        for index, name in enumerate(self._outputs):
            if bound.get(name) is not outputs[name]:
                self._request.set_output_tensor(index, outputs[name])
                bound[name] = outputs[name]

    def profile(self) -> list[ov.ProfilingInfo]:
        """Return what was measured in the last run."""
        return list(self._request.profiling_info)


def compiled(core: ov.Core, model: ov.Model, wiring: Wiring, *, settings: Settings) -> CompiledPart:
    """Compile a model, whose precisions are in it, with inputs and outputs as in its wiring."""
    whole = core.compile_model(model, "CPU", {**settings, "INFERENCE_PRECISION_HINT": "f32"})
    return CompiledPart(whole, tuple(wiring.parameters), tuple(wiring.outputs))


def imported(core: ov.Core, exported: bytes, *, settings: Settings, name: str) -> CompiledPart:
    """Take what was compiled before; `name` is for messages.

    Raises
    ------
    EngineError
        When OpenVINO refuses it.
    """
    told, _, content = exported.partition(b"\n")
    try:
        names = json.loads(told)
        whole = core.import_model(io.BytesIO(content), "CPU", {**settings, "INFERENCE_PRECISION_HINT": "f32"})
        return CompiledPart(whole, names["inputs"], names["outputs"])
    except (RuntimeError, ValueError, LookupError, TypeError) as error:
        raise EngineError(f"{name}: OpenVINO cannot load it ({last_line(error)})") from None


def last_line(error: Exception) -> str:
    """Return what went wrong: OpenVINO says before it where in its sources."""
    return (str(error).strip().splitlines() or [type(error).__name__])[-1]
