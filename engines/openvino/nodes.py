"""Short words for reading and changing OpenVINO's graphs."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from openvino import opset13
from openvino.passes import ConstantFolding, Manager

Output: TypeAlias = ov.Output
LAST, FIRST = (0, 2, 3, 1), (0, 3, 1, 2)
"""LAST is the order of axes that brings channels to the end, FIRST the one that brings them back."""
CELL_ROWS = (0, 1, 3, 2, 4)
"""CELL_ROWS is the order of axes that makes rows of an image rows of its cells, or back."""
ARITHMETIC: Mapping[str, Callable[[Output, Output], ov.Node]] = {
    "Add": opset13.add,
    "Subtract": opset13.subtract,
    "Multiply": opset13.multiply,
    "Divide": opset13.divide,
}
"""ARITHMETIC makes operations on two operands, place by place, by their types."""
_EXACT = "exact:"


def kind(node: ov.Node) -> str:
    """Return the type of an operation, such as ``"Convolution"``."""
    return str(node.get_type_name())


def identity(node: ov.Node) -> str:
    """Return a name that no other operation has, unlike the friendly one."""
    return str(node.get_name())


def source(node: ov.Node, place: int = 0) -> Output:
    """Return what an input is connected to."""
    return node.input(place).get_source_output()


def before(node: ov.Node, place: int = 0) -> ov.Node:
    """Return the operation that an input comes from."""
    return source(node, place).get_node()


def sources(node: ov.Node) -> list[Output]:
    """Return what all inputs are connected to."""
    return [port.get_source_output() for port in node.inputs()]


def shape(output: Output) -> list[int]:
    """Return the shape, which is fixed."""
    return list(output.get_shape())


def attribute(node: ov.Node, name: str) -> Any:  # noqa: ANN401 - of any kind
    """Return an attribute of an operation."""
    return node.get_attributes()[name]


def constant(node: ov.Node) -> NDArray[Any] | None:
    """Return the values of a constant; None for any other operation."""
    return np.asarray(node.get_data()) if kind(node) == "Constant" else None


def whole_numbers(*values: int) -> ov.Node:
    """Return a constant, as shapes and orders of axes are given."""
    return opset13.constant(np.array(values, np.int64))


def floats(values: NDArray[Any]) -> ov.Node:
    """Return a float32 constant."""
    return opset13.constant(np.asarray(values, np.float32))


def reshaped(output: Output, size: Sequence[int]) -> Output:
    """Give values another shape."""
    return opset13.reshape(output, whole_numbers(*size), False).output(0)


def transposed(output: Output, order: Sequence[int]) -> Output:
    """Give axes another order."""
    return opset13.transpose(output, whole_numbers(*order)).output(0)


def axes(node: ov.Node) -> tuple[int, ...] | None:
    """Return the order that a transposition gives to axes; None for any other operation."""
    order = constant(before(node, 1)) if kind(node) == "Transpose" else None
    return None if order is None else tuple(order.tolist())


def ordered(output: Output, order: NDArray[np.int64]) -> Output:
    """Put channels into another order."""
    return opset13.gather(output, opset13.constant(order), opset13.constant(np.int64(1))).output(0)


def by_pixel(planes: int, side: int) -> NDArray[np.int64]:
    """Return the channels of cells of `side` × `side` pixels, exported by plane, in the image's order."""
    return np.arange(planes * side * side).reshape(planes, side * side).T.flatten()


def channels(output: Output, first: int, last: int) -> Output:
    """Take the channels from `first` to before `last`."""
    places = (whole_numbers(number) for number in (first, last, 1, 1))
    return opset13.slice(output, *places).output(0)


def replace(output: Output, other: Output) -> None:
    """Let all that reads one output read another."""
    for port in list(output.get_target_inputs()):
        port.replace_source_output(other)


def readers(output: Output) -> list[ov.Node]:
    """Return the operations that read an output."""
    return [port.get_node() for port in output.get_target_inputs()]


def convolved(like: ov.Node, data: Output, weights: NDArray[Any]) -> Output:
    """Return a convolution with the strides, margins and dilations of another, but these weights."""
    places = (attribute(like, name) for name in ("strides", "pads_begin", "pads_end", "dilations"))
    return opset13.convolution(data, floats(weights), *places, attribute(like, "auto_pad")).output(0)


def mixed(data: Output, weights: NDArray[Any]) -> Output:
    """Return a weighted sum of channels at every place: a convolution with (out, in) weights."""
    return opset13.convolution(
        data, floats(weights[:, :, None, None]), [1, 1], [0, 0], [0, 0], [1, 1]
    ).output(0)


def biased_layer(output: Output) -> tuple[ov.Node, NDArray[np.float32], NDArray[np.float32]] | None:
    """Return the convolution behind an output, its weights, and the bias (1, C, 1, 1) that is added to it."""
    add = output.get_node()
    if kind(add) != "Add" or kind(before(add)) != "Convolution":
        return None
    weights, bias = constant(before(before(add), 1)), constant(before(add, 1))
    if weights is None or bias is None:
        return None
    return before(add), weights, bias


def parts(output: Output) -> list[Output] | None:
    """Return what a concatenation of channels is made of; None for any other output."""
    node = output.get_node()
    if kind(node) == "Concat" and attribute(node, "axis") == 1 and len(shape(output)) == 4:
        return sources(node)
    return None


def repeated(output: Output) -> tuple[Output, int] | None:
    """Return what `Tensor.repeat_interleave` repeats, channel by channel, and how often."""
    node = output.get_node()
    broadcast = before(node) if kind(node) == "Reshape" else None
    if broadcast is None or kind(broadcast) != "Broadcast" or kind(before(broadcast)) != "Unsqueeze":
        return None
    once = source(before(broadcast))
    if len(shape(once)) != 4 or len(shape(output)) != 4:
        return None
    batch, count, height, width = shape(once)
    repeats = shape(output)[1] // count
    return (once, repeats) if shape(broadcast.output(0)) == [batch, count, repeats, height, width] else None


def exact(layer: Output) -> Output:
    """Mark a layer that must not round."""
    layer.get_node().set_friendly_name(f"{_EXACT}{identity(layer.get_node())}")
    return layer


def is_exact(node: ov.Node) -> bool:
    """Say whether a layer is marked so."""
    return str(node.get_friendly_name()).startswith(_EXACT)


def fold_constants(model: ov.Model) -> None:
    """Compute all that depends on constants alone."""
    passes = Manager()
    passes.register_pass(ConstantFolding())
    passes.run_passes(model)


def each(change: Callable[[ov.Node], None]) -> Callable[[ov.Model], None]:
    """Return what makes a change wherever it finds its place in a model."""

    def apply(model: ov.Model) -> None:
        for node in nodes(model):
            change(node)

    return apply


def nodes(model: ov.Model) -> list[ov.Node]:
    """Return the operations, each behind those that it reads."""
    return list(model.get_ordered_ops())
