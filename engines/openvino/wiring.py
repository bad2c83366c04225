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
from engines.graphs.folder import GraphPart, Graphs, Shapes
from engines.graphs.state_layout import COORDINATES, NEXT
from engines.openvino.nodes import (
    FIRST,
    LAST,
    Output,
    by_pixel,
    channels,
    ordered,
    replace,
    source,
    transposed,
)
from focstream.files.part_files import scratch_folder
from inference.network.config import CELL_PX, FOCUS_MOMENTS

PARTS = (GraphPart.ENCODE, GraphPart.UPDATE, GraphPart.DECODE)
"""PARTS are the graphs that all others are made of."""
CUT = {"fine_focus_total": FOCUS_MOMENTS}
"""CUT names what is kept in two pieces: so many channels, and the others."""
PLANAR = frozenset({"fine_focus_total:0"})
"""PLANAR names what stays with channels first: sums over single channels."""
CELLS = frozenset({"fine_focus_total:1", "features_colour"})
"""CELLS names cells of images, whose channels are kept in the order of the image, pixel by pixel."""
PLANES = 3


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


def read_onnx(core: ov.Core, graph: bytes) -> ov.Model:
    """Read an ONNX graph with all its inputs: from memory OpenVINO leaves out some that nothing reads."""
    with scratch_folder() as folder:
        path = folder / "graph.onnx"
        path.write_bytes(graph)
        return core.read_model(path)


def stored_shapes(name: str, size: Sequence[int]) -> dict[str, tuple[int, ...]]:
    """Return the shapes in which a state or feature of (B, C, h, w) or less is kept, by name of piece."""
    return {
        piece: tuple(part[axis] for axis in LAST) if _turned(piece, part) else part
        for piece, _, part in _pieces(name, size)
    }


def stored(name: str, values: FloatArray) -> dict[str, FloatArray]:
    """Return the values of a state as they are kept."""
    kept = {}
    for piece, taken, size in _pieces(name, values.shape):
        part = values[:, taken] if name in CUT else values
        if piece in CELLS:
            part = part[:, by_pixel(PLANES, CELL_PX)]
        kept[piece] = np.ascontiguousarray(part.transpose(LAST) if _turned(piece, size) else part)
    return kept


def stored_wiring(
    models: Mapping[GraphPart, ov.Model], graphs: Graphs, part: GraphPart, shape: tuple[int, int, int]
) -> Wiring:
    """Return the graph of a part for one size of images, which takes and gives states as they are kept.

    Parameters
    ----------
    models
        Those of `PARTS`, as read; they stay as they are.
    graphs
        What they were read from.
    part, shape
        Which one, for which images (B, H, W).
    """
    shapes = graphs.input_shapes(part, shape) | graphs.output_shapes(part, shape)
    return as_stored(_of_size(models, graphs, part, shape), shapes)


def _of_size(
    models: Mapping[GraphPart, ov.Model], graphs: Graphs, part: GraphPart, shape: tuple[int, int, int]
) -> Wiring:
    """Return the graph of a part for one size of images; two are made of the other three."""
    if part in (GraphPart.STEP, GraphPart.ADVANCE):
        encode, update, decode = (_of_size(models, graphs, one, shape) for one in PARTS)
        return join(encode, update, decode if part is GraphPart.STEP else None)
    model = models[part].clone()  # all that follows changes it
    model.reshape({name: list(size) for name, size in graphs.input_shapes(part, shape).items()})
    return read_wiring(model)


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
