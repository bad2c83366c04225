"""What goes into the layers of the step in float32, measured slice by slice."""

import math
from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import openvino as ov
from openvino import opset13

from engines.errors import EngineError
from engines.graphs.folder import GraphPart, Graphs
from engines.graphs.state_layout import COORDINATES, IMAGES, NEXT, state_tensors
from engines.int8.table import LayerRange, Ranges
from engines.openvino.int8 import int8_layers
from engines.openvino.model import fast_model
from engines.openvino.nodes import shape, source, whole_numbers
from engines.openvino.wiring import PARTS, read_onnx, stored, stored_wiring
from engines.trials.stacks import TrialStack

_DIGITS = 3
"""Ranges are rounded outwards to so many digits: other instructions of the processor have other last ones."""

_Ends = tuple[float, float]


def measure_ranges(graphs: Graphs, stacks: Iterable[TrialStack], *, threads: int = 0) -> Ranges:
    """Return the least and the greatest value that went into each layer, over all slices of all stacks.

    Every stack begins a sweep of its own. A layer that met zeros only has None.

    Raises
    ------
    EngineError
        When no layer may compute in int8, before anything is measured.
    """
    core = ov.Core()
    models = {part: read_onnx(core, graphs.read(part)) for part in PARTS}
    steps: dict[tuple[int, int, int], _MeasuredStep] = {}
    found: dict[str, _Ends] = {}
    for stack in stacks:
        size = 1, stack.images.shape[1], stack.images.shape[2]
        if size not in steps:
            steps[size] = _MeasuredStep(core, models, graphs, size, threads=threads)
        for ends in steps[size].sweep(stack):
            for digest, (low, high) in ends.items():
                least, greatest = found.get(digest, (0.0, 0.0))
                found[digest] = min(least, low), max(greatest, high)
    return {digest: _range(*ends) for digest, ends in sorted(found.items())}


class _MeasuredStep:
    """The step for images of one size, which also gives the ends of what goes into each layer."""

    def __init__(
        self,
        core: ov.Core,
        models: Mapping[GraphPart, ov.Model],
        graphs: Graphs,
        size: tuple[int, int, int],
        *,
        threads: int,
    ) -> None:
        wiring = stored_wiring(models, graphs, GraphPart.STEP, size)
        self._inputs, self._outputs = tuple(wiring.parameters), tuple(wiring.outputs)
        model = fast_model(wiring, precision="f32")
        self._digests: list[str] = []
        layers = int8_layers(model)
        if not layers:
            raise EngineError(f"{graphs.folder}: no layer of this network is large enough for int8")
        for digest, same in layers.items():
            for node in same:
                self._digests.append(digest)
                model.add_results(_ends_of(source(node)))
        settings: dict[str, str | int] = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
        if threads:
            settings["INFERENCE_NUM_THREADS"] = threads
        self._request = core.compile_model(model, "CPU", settings).create_infer_request()
        self._initial = {
            piece: values
            for spec in state_tensors(graphs.info.config)
            for piece, values in stored(spec.name, spec.initial(*size)).items()
        }

    def sweep(self, stack: TrialStack) -> Iterator[dict[str, _Ends]]:
        """Yield the ends by layer, after each slice."""
        state = dict(self._initial)
        for place in range(len(stack.images)):
            here = slice(place, place + 1)
            given = state | {IMAGES: stack.images[here], COORDINATES: stack.coordinates[here]}
            found = self._request.infer([given[name] for name in self._inputs])
            values = [np.array(found[port]) for port in range(len(found))]
            named = dict(zip(self._outputs, values, strict=False))
            state = {name.removesuffix(NEXT): value for name, value in named.items() if name.endswith(NEXT)}
            ends = [float(value) for value in values[len(self._outputs) :]]
            yield dict(zip(self._digests, zip(ends[::2], ends[1::2], strict=True), strict=True))


def _ends_of(data: ov.Output) -> list[ov.Node]:
    axes = whole_numbers(*range(len(shape(data))))
    return [opset13.result(reduce(data, axes)) for reduce in (opset13.reduce_min, opset13.reduce_max)]


def _range(low: float, high: float) -> LayerRange | None:
    if not high > low:
        return None
    return LayerRange(low=0.0 - _outwards(-low), high=_outwards(high))


def _outwards(value: float) -> float:
    """Round a number that is not negative up."""
    if value == 0.0:
        return 0.0
    unit = 10.0 ** (math.floor(math.log10(value)) - _DIGITS + 1)
    return float(f"{math.ceil(value / unit) * unit:.{_DIGITS}g}")
