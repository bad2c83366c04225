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
from numpy.typing import NDArray
from openvino import opset13

from engines.base import FloatArray
from engines.graphs.folder import Shapes
from engines.graphs.state_layout import COORDINATES, NEXT
from engines.openvino.nodes import Output, channels, replace, source, transposed
from inference.network.config import CELL_PX, FOCUS_MOMENTS

CUT = {"fine_focus_total": FOCUS_MOMENTS}
"""Are kept in two: so many channels, and the others."""
PLANAR = frozenset({"fine_focus_total:0"})
"""Stay with channels first: they are sums over single channels."""
CELLS = frozenset({"fine_focus_total:1", "features_colour"})
"""Cells of images, whose channels are kept in the order of the image, pixel by pixel."""
PLANES = 3
LAST, FIRST = (0, 2, 3, 1), (0, 3, 1, 2)
"""Orders of axes that bring channels to the end, and back."""
CELL_ROWS = (0, 1, 3, 2, 4)
"""Order of axes that makes rows of an image rows of its cells, or back."""


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
    return {
        piece: tuple(part[axis] for axis in LAST) if _turned(piece, part) else part
        for piece, _, part in _pieces(name, size)
    }


def stored(name: str, values: FloatArray) -> dict[str, FloatArray]:
    """Values of a state as they are kept."""
    kept = {}
    for piece, taken, size in _pieces(name, values.shape):
        part = values[:, taken] if name in CUT else values
        if piece in CELLS:
            part = part[:, by_pixel(PLANES, CELL_PX)]
        kept[piece] = np.ascontiguousarray(part.transpose(LAST) if _turned(piece, size) else part)
    return kept


def by_pixel(planes: int, side: int) -> NDArray[np.int64]:
    """Return the channels of cells of `side` × `side` pixels, exported by plane, in the image's order."""
    return np.arange(planes * side * side).reshape(planes, side * side).T.flatten()


def ordered(output: Output, order: NDArray[np.int64]) -> Output:
    """Put channels into another order."""
    return opset13.gather(output, opset13.constant(order), opset13.constant(np.int64(1))).output(0)


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
        if not _is_kept(name):
            parameters[name] = parameter
            continue
        kept = {
            piece: opset13.parameter(list(size), ov.Type.f32)
            for piece, size in stored_shapes(name, shapes[name]).items()
        }
        parts = [
            _as_exported(piece, kept[piece].output(0), size) for piece, _, size in _pieces(name, shapes[name])
        ]
        replace(parameter.output(0), parts[0] if len(parts) == 1 else opset13.concat(parts, 1).output(0))
        parameters |= kept
    outputs: dict[str, Output] = {}
    for name, output in wiring.outputs.items():
        state = name.removesuffix(NEXT)
        if not _is_kept(state):
            outputs[name] = output
            continue
        for piece, taken, size in _pieces(state, shapes[name]):
            part = channels(output, taken.start, taken.stop) if state in CUT else output
            outputs[piece + name[len(state) :]] = _as_kept(piece, part, size)
    return Wiring(parameters=parameters, outputs=outputs)


def _as_exported(piece: str, kept: Output, size: Sequence[int]) -> Output:
    if not _turned(piece, size):
        return kept
    planar = transposed(kept, FIRST)
    return ordered(planar, np.argsort(by_pixel(PLANES, CELL_PX))) if piece in CELLS else planar


def _as_kept(piece: str, exported: Output, size: Sequence[int]) -> Output:
    if not _turned(piece, size):
        return exported
    planar = ordered(exported, by_pixel(PLANES, CELL_PX)) if piece in CELLS else exported
    return transposed(planar, LAST)


def _pieces(name: str, size: Sequence[int]) -> list[tuple[str, slice, tuple[int, ...]]]:
    """Return what a state is kept in: a name, which of its channels, and their shape as exported."""
    if name not in CUT:
        return [(name, slice(None), tuple(size))]
    edges = 0, CUT[name], size[1]
    return [
        (f"{name}:{number}", slice(first, last), (size[0], last - first, *size[2:]))
        for number, (first, last) in enumerate(pairwise(edges))
    ]


def _is_kept(name: str) -> bool:
    """Say whether it is a state or a feature, not what goes in or comes out."""
    return name.startswith(("latent_", "fine_", "features_"))


def _turned(piece: str, size: Sequence[int]) -> bool:
    """Say whether its channels, first as exported, are kept last."""
    return _is_kept(piece) and piece not in PLANAR and len(size) == 4 and size[1] > 1


def _name(port: Output) -> str:
    return str(port.get_any_name())
