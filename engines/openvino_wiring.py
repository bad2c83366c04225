"""The parts of the network as OpenVINO's graphs: joined to one where asked for, channels last at the borders.

Layers compute with channels last. A state or feature that keeps its channels first would be turned around on
its way in and out, with every slice; that takes longer than what is computed of it. So a runner keeps them
as `stored_shape` says, and the graphs turn them by name alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import openvino as ov
from openvino import opset13

from engines.base import FloatArray
from engines.graphs import Shapes
from engines.openvino_nodes import Output, channels, replace, source, transposed
from engines.state_layout import COORDINATES, NEXT
from inference.network.config import FOCUS_MOMENTS

PLANAR = frozenset({"fine_focus_total", "features_colour"})
"""Stay with channels first: they are sums over single channels, and cells of an image."""
PICTURE = "all_in_focus"
"""Comes as planes (B, 3, H, W): as such it is computed, and cut to bytes."""
CUT = {"fine_focus_total": FOCUS_MOMENTS}
"""Are kept in two: so many channels, and the others."""
LAST, FIRST = (0, 2, 3, 1), (0, 3, 1, 2)
"""Orders of axes that bring channels to the end, and back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """A graph whose inputs and outputs have names.

    Attributes
    ----------
    parameters, outputs
        In their order; outputs are not yet results of a model.
    """

    parameters: Mapping[str, ov.Node]
    outputs: Mapping[str, Output]

    def model(self) -> ov.Model:
        """Return it as a model with inputs and outputs in this order."""
        results = [opset13.result(output) for output in self.outputs.values()]
        return ov.Model(results, list(self.parameters.values()))


def stored_shapes(name: str, size: Sequence[int]) -> dict[str, tuple[int, ...]]:
    """Shapes in which a state or feature of (B, C, h, w) or less is kept, by the names of its pieces."""
    if name in CUT:
        batch, channels, *places = size
        pieces = CUT[name], channels - CUT[name]
        return {f"{name}:{number}": (batch, count, *places) for number, count in enumerate(pieces)}
    return {name: tuple(size[axis] for axis in LAST) if _turned(name, size) else tuple(size)}


def stored(name: str, values: FloatArray) -> dict[str, FloatArray]:
    """Values of a state as they are kept."""
    if name in CUT:
        pieces = np.split(values, [CUT[name]], axis=1)
        return {f"{name}:{number}": np.ascontiguousarray(piece) for number, piece in enumerate(pieces)}
    return {name: np.ascontiguousarray(values.transpose(LAST)) if _turned(name, values.shape) else values}


def read_wiring(model: ov.Model) -> Wiring:
    """Return the graph of a part as it is; the model is used up."""
    return Wiring(
        parameters={_name(port): port.get_node() for port in model.inputs},
        outputs={
            _name(port): source(result)
            for port, result in zip(model.outputs, model.get_results(), strict=True)
        },
    )


def join(encode: Wiring, update: Wiring, decode: Wiring | None) -> Wiring:
    """Make the step of its parts: images, coordinates and state → maps, and the state that follows.

    Without `decode` there are no maps.
    """
    given = dict(encode.outputs)
    if COORDINATES in encode.parameters:
        given[COORDINATES] = encode.parameters[COORDINATES].output(0)
    state = {}
    for name, parameter in update.parameters.items():
        if name in given:
            replace(parameter.output(0), given[name])
        else:
            state[name] = parameter
    maps: Mapping[str, Output] = {}
    if decode is not None:
        for name, parameter in decode.parameters.items():
            replace(parameter.output(0), update.outputs[name + NEXT])
        maps = decode.outputs
    return Wiring(parameters={**encode.parameters, **state}, outputs={**maps, **update.outputs})


def as_stored(wiring: Wiring, shapes: Shapes) -> Wiring:
    """Take and give states and features as they are kept; `shapes` are those of inputs and outputs before."""
    parameters: dict[str, ov.Node] = {}
    for name, parameter in wiring.parameters.items():
        pieces = {
            piece: opset13.parameter(list(size), ov.Type.f32)
            for piece, size in stored_shapes(name, shapes[name]).items()
        }
        if name in CUT:
            whole = opset13.concat([piece.output(0) for piece in pieces.values()], 1)
            replace(parameter.output(0), whole.output(0))
        elif _turned(name, shapes[name]):
            replace(parameter.output(0), transposed(pieces[name].output(0), FIRST))
        else:
            pieces = {name: parameter}
        parameters |= pieces
    outputs: dict[str, Output] = {}
    for name, output in wiring.outputs.items():
        kept = name.removesuffix(NEXT)
        if kept in CUT:
            edges = 0, CUT[kept], shapes[name][1]
            for number, (first, last) in enumerate(pairwise(edges)):
                outputs[f"{kept}:{number}{NEXT}"] = channels(output, first, last)
        elif name == PICTURE:
            outputs[name] = transposed(output, FIRST)
        else:
            outputs[name] = transposed(output, LAST) if _turned(kept, shapes[name]) else output
    return Wiring(parameters=parameters, outputs=outputs)


def _turned(name: str, size: Sequence[int]) -> bool:
    stateful = name.startswith(("latent_", "fine_", "features_"))
    return stateful and name not in PLANAR and len(size) == 4 and size[1] > 1


def _name(port: Output) -> str:
    return str(port.get_any_name())
