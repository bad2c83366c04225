"""One compiled part of the network on OpenVINO."""

from collections.abc import Mapping

import openvino as ov

from engines.bench_table import LayerTime
from engines.openvino_wiring import Wiring

Settings = Mapping[str, str | int | bool]


class CompiledPart:
    """A graph ready to run.

    Parameters
    ----------
    core, model
        OpenVINO, and what to compile; precisions are in the model.
    wiring
        Names of its inputs and outputs, in their order.
    settings
        Of OpenVINO.
    """

    def __init__(self, core: ov.Core, model: ov.Model, wiring: Wiring, *, settings: Settings) -> None:
        compiled = core.compile_model(model, "CPU", {**settings, "INFERENCE_PRECISION_HINT": "f32"})
        self._request = compiled.create_infer_request()
        self._inputs = tuple(wiring.parameters)
        self._outputs = tuple(wiring.outputs)

    def run(self, inputs: Mapping[str, ov.Tensor], outputs: Mapping[str, ov.Tensor]) -> None:
        """Compute the outputs into the given tensors; no input may be an output."""
        for index, name in enumerate(self._inputs):
            self._request.set_input_tensor(index, inputs[name])
        for index, name in enumerate(self._outputs):
            self._request.set_output_tensor(index, outputs[name])
        self._request.infer()

    def layer_times(self) -> list[LayerTime]:
        """Return those of the last run; only where the setting PERF_COUNT is on."""
        return [
            LayerTime(
                name=info.node_name, kind=info.exec_type, microseconds=info.real_time.total_seconds() * 1e6
            )
            for info in self._request.profiling_info
        ]
