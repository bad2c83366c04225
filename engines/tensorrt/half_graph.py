"""An ONNX graph with its layers in float16, for builders that take every precision from the graph.

ONNX Runtime's own converter rounds what passes between two operations that it keeps in float32. Here nothing
is rounded but what a layer reads and writes: the recurrent state, and all that is computed before the first
layers (variances, focus moments, sines of the coordinate), stay float32 from end to end.
"""

from collections.abc import Iterable

import numpy as np
import onnx
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, helper, numpy_helper

_LAYERS = frozenset({"Conv", "ConvTranspose", "Gemm", "MatMul"})
_TYPED = frozenset({"Cast", "ConstantOfShape", "Constant", "Range"})
"""Operations that say themselves of which type their output is."""
_DATA_ONLY = frozenset({"Resize"})
"""Operations whose further inputs are float32 always."""
_SIZES = frozenset({"Shape", "Size"})
"""Operations that pass on how large a value is, and none of its numbers."""
_GREATEST = float(np.finfo(np.float16).max)


def to_half(model: ModelProto) -> ModelProto:
    """Return a copy with float16 in layers, and in all that lies between one layer and the next.

    Inputs and outputs keep their types. Operations upstream of the first layer or downstream of the last stay
    float32. So does all that a state passes through on its way from input to output.
    """
    typed = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
    writer = _Writer(typed)
    halves = _half_nodes(typed.graph)
    for index, node in enumerate(typed.graph.node):
        writer.add(node, half=index in halves)
    return writer.finish()


def _half_nodes(graph: GraphProto) -> set[int]:
    """Places of the nodes that compute in float16."""
    kept = _reached(graph.node, {value.name for value in graph.input})
    needed = _needed(graph.node)
    large = _large(graph.initializer)
    return {
        index
        for index, node in enumerate(graph.node)
        if node.op_type in _LAYERS
        or (
            index in needed
            and index not in kept
            and node.op_type not in _TYPED
            and not large.intersection(node.input)
        )
    }


def _reached(nodes: Iterable[NodeProto], names: set[str]) -> set[int]:
    """Nodes that the numbers of these values reach without passing through a layer."""
    reached = set()
    for index, node in enumerate(nodes):
        if node.op_type not in _LAYERS | _SIZES and names.intersection(node.input):
            reached.add(index)
            names.update(node.output)
    return reached


def _needed(nodes: Iterable[NodeProto]) -> set[int]:
    """Nodes that a layer comes after."""
    needed: set[int] = set()
    names: set[str] = set()
    for index, node in reversed(list(enumerate(nodes))):
        if node.op_type in _LAYERS or names.intersection(node.output):
            names.update(node.input)
        if names.intersection(node.output):
            needed.add(index)
    return needed


def _large(tensors: Iterable[TensorProto]) -> set[str]:
    """Constants that float16 cannot hold."""
    return {
        tensor.name
        for tensor in tensors
        if tensor.data_type == TensorProto.FLOAT
        and not (np.abs(numpy_helper.to_array(tensor)) <= _GREATEST).all()
    }


class _Writer:
    """Writes nodes in order, with a cast wherever a value is wanted in another precision than it has."""

    def __init__(self, model: ModelProto) -> None:
        self._model = model
        graph = model.graph
        self._constants = {tensor.name: tensor for tensor in graph.initializer}
        self._precision = {
            value.name: value.type.tensor_type.elem_type
            for value in (*graph.input, *graph.output, *graph.value_info)
        } | {tensor.name: tensor.data_type for tensor in graph.initializer}
        self._outputs = {value.name for value in graph.output}
        self._nodes: list[NodeProto] = []
        self._halves: dict[str, TensorProto] = {}
        self._cast: set[str] = set()

    def add(self, node: NodeProto, *, half: bool) -> None:
        """Write one node."""
        wanted = TensorProto.FLOAT16 if half else TensorProto.FLOAT
        copy = NodeProto()
        copy.CopyFrom(node)
        for place, name in enumerate(node.input):
            if name and (place == 0 or not (half and node.op_type in _DATA_ONLY)):
                copy.input[place] = self._as(name, wanted)
        self._nodes.append(copy)
        if half:
            for place, name in enumerate(node.output):
                self._write_half(copy, place, name)

    def finish(self) -> ModelProto:
        """Return the model."""
        graph = self._model.graph
        used = {name for node in self._nodes for name in node.input}
        constants = [tensor for name, tensor in (self._constants | self._halves).items() if name in used]
        graph.ClearField("value_info")
        graph.ClearField("node")
        graph.ClearField("initializer")
        graph.node.extend(self._nodes)
        graph.initializer.extend(constants)
        return self._model

    def _write_half(self, node: NodeProto, place: int, name: str) -> None:
        if self._precision.get(name) != TensorProto.FLOAT:
            return
        if name not in self._outputs:
            self._precision[name] = TensorProto.FLOAT16
            return
        inner = f"{name}/half"  # outputs of the graph keep their type
        node.output[place] = inner
        self._nodes.append(helper.make_node("Cast", [inner], [name], name=inner, to=TensorProto.FLOAT))

    def _as(self, name: str, wanted: int) -> str:
        """Return the name of this value in the wanted precision; what is no float stays as it is."""
        found = self._precision.get(name)
        if found == wanted or found not in (TensorProto.FLOAT, TensorProto.FLOAT16):
            return name
        other = f"{name}/{'half' if wanted == TensorProto.FLOAT16 else 'single'}_of"
        if name in self._constants and wanted == TensorProto.FLOAT16:
            values = numpy_helper.to_array(self._constants[name]).astype(np.float16)
            self._halves.setdefault(other, numpy_helper.from_array(values, other))
        elif other not in self._cast:
            self._cast.add(other)
            self._nodes.append(helper.make_node("Cast", [name], [other], name=other, to=wanted))
        return other
