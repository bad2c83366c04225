"""Cuts a graph before its first layers, so that what comes before them can stay float32.

With `INFERENCE_PRECISION_HINT=bf16` OpenVINO computes all but what stands behind the last layers in bfloat16:
here also local variances (mean of squares less square of the mean, of which eight bits leave nothing), sines
of coordinates, and the focus moments. Marks that ask for float32 get lost where its passes replace an
operation. So what stands before the first layers becomes a model of its own, compiled for float32.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import openvino as ov
from openvino import opset13
from openvino.passes import ConstantFolding, Manager

_LAYERS = frozenset({"Convolution", "GroupConvolution", "ConvolutionBackpropData", "MatMul"})
_LEAVES = frozenset({"Parameter", "Constant"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A model, and the names of its inputs and outputs in their order.

    Attributes
    ----------
    layered
        Whether it has layers, and so may be computed less precisely.
    """

    model: ov.Model
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    layered: bool


def whole(model: ov.Model) -> Piece:
    """Return a model in one piece."""
    return Piece(model=model, inputs=_names(model.inputs), outputs=_names(model.outputs), layered=True)


def split_before_layers(model: ov.Model) -> list[Piece]:
    """Cut a model of fixed sizes in two: outputs of the first, named ``cut …``, are inputs of the second.

    The model is used up. A model that begins with its layers stays whole.
    """
    passes = Manager()
    passes.register_pass(ConstantFolding())  # shapes become constants, and need not cross the cut
    passes.run_passes(model)
    names = dict(zip(map(_id, model.get_results()), _names(model.outputs), strict=True))
    names |= dict(zip(map(_id, model.get_parameters()), _names(model.inputs), strict=True))
    behind = _behind_layers(model)
    ready = [result for result in model.get_results() if _id(result) not in behind]
    late = [result for result in model.get_results() if _id(result) in behind]
    parameters = model.get_parameters()
    cuts = _cut(model, behind)
    crossing = [opset13.result(cut.source) for cut in cuts]
    for number, (result, cut) in enumerate(zip(crossing, cuts, strict=True)):
        names[_id(result)] = names[_id(cut.parameter)] = f"cut {number}"
    pieces = []
    if ready or crossing:
        pieces.append(_piece([*ready, *crossing], parameters, names, layered=False))
    pieces.append(_piece(late, [*parameters, *(cut.parameter for cut in cuts)], names, layered=True))
    return pieces


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cut:
    source: ov.Output
    parameter: ov.Node


def _behind_layers(model: ov.Model) -> set[str]:
    """Operations that need what a layer computes, and the layers."""
    behind: set[str] = set()
    for operation in model.get_ordered_ops():
        sources = (port.get_source_output().get_node() for port in operation.inputs())
        if operation.get_type_name() in _LAYERS or any(_id(source) in behind for source in sources):
            behind.add(_id(operation))
    return behind


def _cut(model: ov.Model, behind: set[str]) -> list[_Cut]:
    """Give the operations behind the layers parameters in place of what is computed before the layers."""
    cuts: dict[tuple[str, int], _Cut] = {}
    for operation in model.get_ordered_ops():
        if _id(operation) not in behind:
            continue
        for port in operation.inputs():
            source = port.get_source_output()
            node = source.get_node()
            if _id(node) in behind or node.get_type_name() in _LEAVES:
                continue
            place = (_id(node), source.get_index())
            if place not in cuts:
                parameter = opset13.parameter(source.get_shape(), source.get_element_type())
                cuts[place] = _Cut(source=source, parameter=parameter)
            port.replace_source_output(cuts[place].parameter.output(0))
    return list(cuts.values())


def _piece(
    results: Sequence[ov.Node], parameters: Sequence[ov.Node], names: dict[str, str], *, layered: bool
) -> Piece:
    """Make a piece of these results, with those of the parameters that they need."""
    needed: set[str] = set()
    waiting = list(results)
    while waiting:
        node = waiting.pop()
        if _id(node) not in needed:
            needed.add(_id(node))
            waiting += [port.get_source_output().get_node() for port in node.inputs()]
    used = [parameter for parameter in parameters if _id(parameter) in needed]
    return Piece(
        model=ov.Model(list(results), used),
        inputs=tuple(names[_id(parameter)] for parameter in used),
        outputs=tuple(names[_id(result)] for result in results),
        layered=layered,
    )


def _names(ports: Sequence[ov.Output]) -> tuple[str, ...]:
    return tuple(port.get_any_name() for port in ports)


def _id(node: ov.Node) -> str:
    return str(node.get_name())  # unique, unlike the friendly name
