"""One compiled part of the network on OpenVINO."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import openvino as ov

from engines.bench_table import LayerTime
from engines.openvino_split import Piece

Settings = Mapping[str, str | int | bool]


class CompiledPart:
    """Pieces that run one after the other; each finds its inputs among those given and the earlier outputs.

    Parameters
    ----------
    core, pieces
        OpenVINO, and what to compile.
    settings
        Of all pieces.
    precision
        Hint for pieces with layers; the others are float32.
    """

    def __init__(self, core: ov.Core, pieces: Sequence[Piece], *, settings: Settings, precision: str) -> None:
        self._steps: list[_Step] = []
        inner: dict[str, ov.Tensor] = {}
        for piece in pieces:
            hint = precision if piece.layered else "f32"
            compiled = core.compile_model(piece.model, "CPU", {**settings, "INFERENCE_PRECISION_HINT": hint})
            step = _Step(request=compiled.create_infer_request(), inputs=[], outputs=[])
            for index, name in enumerate(piece.inputs):
                if name in inner:
                    step.request.set_input_tensor(index, inner[name])
                else:
                    step.inputs.append((index, name))
            for index, name in enumerate(piece.outputs):
                if name.startswith("cut "):
                    inner[name] = step.request.get_output_tensor(index)
                else:
                    step.outputs.append((index, name))
            self._steps.append(step)

    def run(self, inputs: Mapping[str, ov.Tensor], outputs: Mapping[str, ov.Tensor]) -> None:
        """Compute the outputs into the given tensors; no input may be an output."""
        for step in self._steps:
            for index, name in step.inputs:
                step.request.set_input_tensor(index, inputs[name])
            for index, name in step.outputs:
                step.request.set_output_tensor(index, outputs[name])
            step.request.infer()

    def layer_times(self) -> list[LayerTime]:
        """Return those of the last run; only where the setting PERF_COUNT is on."""
        return [
            LayerTime(
                name=info.node_name, kind=info.exec_type, microseconds=info.real_time.total_seconds() * 1e6
            )
            for step in self._steps
            for info in step.request.profiling_info
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    request: ov.InferRequest
    inputs: list[tuple[int, str]]
    outputs: list[tuple[int, str]]
