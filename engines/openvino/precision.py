"""Which operations of a graph compute in bfloat16: the types are written into the graph.

With `INFERENCE_PRECISION_HINT=bf16` OpenVINO would compute everything up to the last layers in bfloat16:
also local variances (mean of squares less square of the mean, of which eight bits leave nothing), sines of
coordinates, and the focus moments. So graphs are compiled with the hint f32, and the types are written into
the graph. Layers, and operations between one layer and the next, are bfloat16. Operations upstream of the
first layer and downstream of the last stay float32, states and maps included.
"""

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from openvino import opset13

from engines.openvino.nodes import (
    Output,
    before,
    constant,
    fold_constants,
    identity,
    is_exact,
    kind,
    nodes,
    source,
    sources,
)

LAYERS = frozenset({"Convolution", "GroupConvolution", "ConvolutionBackpropData", "MatMul"})
_TYPED = frozenset({"Constant", "Parameter", "Result", "Convert", "Range"})
"""_TYPED are operations that say themselves of which type their output is."""
_GATES = frozenset({"Sigmoid", "Tanh"})
"""_GATES decide how much of a state is kept: small errors would add up over the slices."""
_DATA_ONLY = frozenset({"Interpolate"})
"""_DATA_ONLY are operations whose further inputs are float32 always."""


def to_bfloat16(model: ov.Model) -> None:
    """Let layers, and all between them, compute in bfloat16; inputs and outputs keep their types."""
    low = _low(model)
    casts: dict[tuple[str, int, ov.Type], Output] = {}
    for node in nodes(model):
        wanted = ov.Type.bf16 if identity(node) in low else ov.Type.f32
        for place, port in enumerate(node.inputs()):
            found = port.get_source_output()
            if (place and kind(node) in _DATA_ONLY) or found.get_element_type() != ov.Type.f32:
                continue
            has = ov.Type.bf16 if identity(found.get_node()) in low else ov.Type.f32
            if has == wanted:
                continue
            key = (identity(found.get_node()), found.get_index(), wanted)
            if key not in casts:
                values = constant(found.get_node())
                cast = opset13.convert(found, wanted) if values is None else _rounded(values)
                casts[key] = cast.output(0)
            port.replace_source_output(casts[key])
    model.validate_nodes_and_infer_types()
    fold_constants(model)


def _rounded(values: NDArray[np.float32]) -> ov.Node:
    """Return a constant in bfloat16, to the nearest.

    OpenVINO's own conversion of constants takes the lower of two neighbours too often, and so makes all
    weights smaller by a thousandth.
    """
    bits = np.ascontiguousarray(values, np.float32).view(np.uint32)
    tensor = ov.Tensor(ov.Type.bf16, list(values.shape))
    tensor.data.view(np.uint16)[...] = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16  # ties to even
    return opset13.constant(tensor)


def _low(model: ov.Model) -> set[str]:
    """Return the operations that compute in bfloat16."""
    ordered = nodes(model)
    reached = {identity(parameter) for parameter in model.get_parameters()}
    for node in ordered:
        if _is_layer(node):
            continue
        if kind(node) in LAYERS or any(identity(s.get_node()) in reached for s in sources(node)):
            reached.add(identity(node))
    needed: set[str] = set()
    low: set[str] = set()
    for node in reversed(ordered):
        layer = _is_layer(node)
        if layer or identity(node) in needed:
            needed.update(identity(s.get_node()) for s in sources(node))
        between = (
            identity(node) in needed and identity(node) not in reached and kind(node) not in _TYPED | _GATES
        )
        if layer or between or _is_bias(node):
            low.add(identity(node))
    return low


def _is_layer(node: ov.Node) -> bool:
    """Say whether it is worth being less precise: not where a single channel goes in or comes out."""
    if is_exact(node):
        return False
    if kind(node) == "Convolution":
        return min(source(node).get_shape()[1], node.get_output_shape(0)[1]) > 1
    return kind(node) in LAYERS


def _is_bias(node: ov.Node) -> bool:
    """Say whether a layer adds it before it rounds."""
    return kind(node) == "Add" and _is_layer(before(node)) and kind(before(node, 1)) == "Constant"
