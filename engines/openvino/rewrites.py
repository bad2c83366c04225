"""The same sums in the order that OpenVINO computes fastest on CPUs.

Its layers compute with channels last, and most else with channels first. What costs is to turn values around,
to cut channels apart that lie last, and to spread single channels over many. Each rewrite here leaves what is
computed as it is but for rounding; where a network has no such place, nothing is done.
"""

from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from openvino import opset13

from engines.openvino.nodes import (
    Output,
    attribute,
    axes,
    before,
    constant,
    convolved,
    floats,
    kind,
    mixed,
    nodes,
    replace,
    reshaped,
    shape,
    source,
    sources,
    transposed,
)
from engines.openvino.wiring import CELL_ROWS, FIRST, LAST, by_pixel, ordered

_OWN_LAYER = 32
"""Channels from which a part of a concatenation is worth a convolution of its own."""


def rewrite(model: ov.Model) -> None:
    """Apply all rewrites to a model of fixed sizes, whose constants are folded."""
    rewrites: Sequence[Callable[[ov.Node], None]] = (
        _drop_idle,
        _cells_of_image,
        _cut_weights,
        _flatten_concatenation,
        _layer_for_each_part,
        _sign_into_weights,
        _pixels_of_layer,
        _box_as_layer,
    )
    for apply in rewrites:
        for node in nodes(model):
            apply(node)


def spread_by_layers(model: ov.Model) -> None:
    """Spread a value per group of channels over its channels by a convolution with ones; float32.

    It stands behind the choice of precisions, which takes convolutions for layers.
    """
    for node in nodes(model):
        _spread(node)


def split_single_channels(model: ov.Model) -> None:
    """Compute convolutions to a single channel place by place, and add up what was computed around.

    OpenVINO computes sixteen channels at once, of which fifteen would be thrown away for every place of the
    kernel. Float32, so it stands behind the choice of precisions.
    """
    for node in nodes(model):
        _split_single_channel(node)


def _split_single_channel(node: ov.Node) -> None:
    weights = constant(before(node, 1)) if kind(node) == "Convolution" else None
    if weights is None or source(node).get_element_type() != ov.Type.f32:
        return
    outputs, inputs, height, width = weights.shape
    if (
        outputs > 1
        or inputs < _OWN_LAYER
        or height * width == 1
        or list(attribute(node, "strides")) != [1, 1]
    ):
        return
    places = height * width
    apart = mixed(source(node), weights[0].reshape(inputs, places).T)
    replace(node.output(0), convolved(node, apart, np.eye(places).reshape(1, places, height, width)))


def _drop_idle(node: ov.Node) -> None:
    """Drop what changes no shape, and turning there and back."""
    if kind(node) in ("Reshape", "Broadcast", "Pad") and shape(node.output(0)) == shape(source(node)):
        replace(node.output(0), source(node))
        return
    second = axes(node)
    first = axes(before(node)) if second else None
    if first and second and [first[axis] for axis in second] == sorted(first):
        replace(node.output(0), source(before(node)))


def _cells_of_image(node: ov.Node) -> None:
    """(B, H, W, C) → (B, C, H, W) → (B, C n n, H/n, W/n): move rows of cells at once, or nothing.

    Nothing moves where pixels came from cells. Else another order of channels is left, which `cells`
    moves out of the way.
    """
    if axes(node) != (0, 1, 3, 5, 2, 4) or kind(before(node)) != "Reshape":
        return
    planes = source(before(node))
    if len(shape(planes)) != 4:
        return
    batch, channels, height, width = shape(planes)
    side = height // shape(node.output(0))[4]
    cells = [batch, channels * side * side, height // side, width // side]
    whole = [batch, channels, height // side, side, width // side, side]
    if shape(before(node).output(0)) != whole:
        return
    origin = planes.get_node()
    for reader in [port.get_node() for port in node.output(0).get_target_inputs()]:
        if kind(reader) != "Reshape" or shape(reader.output(0)) != cells:
            continue
        if _shuffles(origin) and attribute(origin, "block_size") == side:
            replace(reader.output(0), source(origin))
        elif axes(origin) == FIRST:
            strips = reshaped(source(origin), (batch, height // side, side, width // side, side * channels))
            grid = reshaped(transposed(strips, CELL_ROWS), (batch, height // side, width // side, -1))
            back = np.argsort(by_pixel(channels, side))
            replace(reader.output(0), ordered(transposed(grid, FIRST), back))


def _cut_weights(node: ov.Node) -> None:
    """Cut the weights of a convolution rather than what it computes, where parts are small."""
    if kind(node) not in ("Split", "VariadicSplit") or constant(before(node, 1)) != 1:
        return
    layer = biased_layer(source(node))
    if layer is None or min(shape(output)[1] for output in node.outputs()) >= _OWN_LAYER:
        return
    convolution, weights, bias = layer
    ends = accumulate((shape(output)[1] for output in node.outputs()), initial=0)
    for output, (start, end) in zip(node.outputs(), pairwise(ends), strict=True):
        part = convolved(convolution, source(convolution), weights[start:end])
        replace(output, opset13.add(part, floats(bias[:, start:end])).output(0))


def _flatten_concatenation(node: ov.Node) -> None:
    """Take the parts of a part for parts."""
    if _parts(node) is None:
        return
    flat = [one for part in sources(node) for one in (_parts(part.get_node()) or [part])]
    if len(flat) > len(node.inputs()):
        replace(node.output(0), opset13.concat(flat, 1).output(0))


def _layer_for_each_part(node: ov.Node) -> None:
    """Give the large parts of a concatenation convolutions of their own, and add what they compute."""
    if kind(node) != "Convolution" or (weights := constant(before(node, 1))) is None:
        return
    parts = _parts(before(node))
    if parts is None:
        return
    ends = accumulate((shape(part)[1] for part in parts), initial=0)
    cut = [(part, weights[:, start:end]) for part, (start, end) in zip(parts, pairwise(ends), strict=True)]
    small = [pair for pair in cut if shape(pair[0])[1] < _OWN_LAYER]
    groups = [[pair] for pair in cut if shape(pair[0])[1] >= _OWN_LAYER] + ([small] if small else [])
    if len(groups) == 1:
        return
    total: Output | None = None
    for group in groups:
        data = group[0][0] if len(group) == 1 else opset13.concat([part for part, _ in group], 1).output(0)
        one = convolved(node, data, np.concatenate([share for _, share in group], axis=1))
        total = one if total is None else opset13.add(total, one).output(0)
    assert total is not None
    replace(node.output(0), total)


def _sign_into_weights(node: ov.Node) -> None:
    """Let a layer of x − state compute state − x, with the other weights.

    OpenVINO makes a difference a sum with the negative, for which it would read the state once more.
    """
    if kind(node) != "Convolution" or kind(before(node)) != "Subtract":
        return
    state, weights = before(before(node), 1), constant(before(node, 1))
    if weights is not None and kind(state) == "Transpose" and kind(before(state)) == "Parameter":
        other = opset13.subtract(state.output(0), source(before(node)))
        replace(node.output(0), convolved(node, other.output(0), -weights))


def _pixels_of_layer(node: ov.Node) -> None:
    """Cells of one channel become pixels with channels last, as they come from a layer."""
    if not _shuffles(node):
        return
    batch, channels, height, width = shape(source(node))
    side = attribute(node, "block_size")
    if channels != side * side:
        return
    cells = reshaped(transposed(source(node), LAST), (batch, height, width, side, side))
    replace(node.output(0), reshaped(transposed(cells, (0, 1, 3, 2, 4)), shape(node.output(0))))


def _box_as_layer(node: ov.Node) -> None:
    """Take the mean over a window of a single channel as a convolution."""
    if kind(node) != "AvgPool" or shape(source(node))[1] != 1:
        return
    window = list(attribute(node, "kernel"))
    places = (list(attribute(node, name)) for name in ("strides", "pads_begin", "pads_end"))
    if any(attribute(node, "pads_begin")) or any(attribute(node, "pads_end")):
        return
    share = np.full((1, 1, *window), 1.0 / np.prod(window))
    replace(node.output(0), opset13.convolution(source(node), floats(share), *places, [1, 1]).output(0))


def _spread(node: ov.Node) -> None:
    """(B, G, h, w) → (B, C, h, w), each value C/G times, as `Tensor.repeat_interleave` is exported."""
    if kind(node) != "Reshape" or kind(before(node)) != "Broadcast":
        return
    broadcast = before(node)
    if kind(before(broadcast)) != "Unsqueeze":
        return
    groups = source(before(broadcast))
    if len(shape(groups)) != 4 or len(shape(node.output(0))) != 4 or shape(groups)[1] == 1:
        return
    batch, count, height, width = shape(groups)
    repeats = shape(node.output(0))[1] // count
    if shape(broadcast.output(0)) == [batch, count, repeats, height, width]:
        ones = np.repeat(np.eye(count, dtype=np.float32), repeats, axis=0)
        replace(node.output(0), mixed(groups, ones))


def biased_layer(output: Output) -> tuple[ov.Node, NDArray[np.float32], NDArray[np.float32]] | None:
    """Return the convolution behind an output, its weights, and the bias (1, C, 1, 1) that is added to it."""
    add = output.get_node()
    if kind(add) != "Add" or kind(before(add)) != "Convolution":
        return None
    weights, bias = constant(before(before(add), 1)), constant(before(add, 1))
    if weights is None or bias is None:
        return None
    return before(add), weights, bias


def _parts(node: ov.Node) -> list[Output] | None:
    """Return what a concatenation of channels is made of."""
    if kind(node) == "Concat" and attribute(node, "axis") == 1 and len(shape(node.output(0))) == 4:
        return sources(node)
    return None


def _shuffles(node: ov.Node) -> bool:
    return kind(node) == "DepthToSpace" and attribute(node, "mode") == "depth_first"
