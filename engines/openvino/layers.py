"""Layers that OpenVINO computes fastest on CPUs: cut, joined or made of other operations.

Its layers compute with channels last. What costs is to cut apart, or to put together, channels that lie so,
and to spread single channels over many.
"""

from itertools import accumulate, pairwise

import numpy as np
import openvino as ov
from openvino import opset13

from engines.openvino.nodes import (
    Output,
    attribute,
    before,
    biased_layer,
    constant,
    convolved,
    floats,
    kind,
    mixed,
    parts,
    repeated,
    replace,
    shape,
    source,
    sources,
)

_OWN_LAYER = 24
"""_OWN_LAYER is how many channels of a concatenation are worth a convolution of their own.

OpenVINO computes sixteen channels at once: fewer fill no register, and a few more leave most of the second
one empty. `small` and `base` have parts of 3, 16 and 48 channels or more, `tiny` has some of 24: any number
from 17 to 24 does the same. In int8 it saves a tenth of the step of `tiny`, whose parts may then compute so.
"""


def cut_weights(node: ov.Node) -> None:
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


def flatten_concatenation(node: ov.Node) -> None:
    """Take the parts of a part for parts."""
    if parts(node.output(0)) is None:
        return
    flat = [one for part in sources(node) for one in (parts(part) or [part])]
    if len(flat) > len(node.inputs()):
        replace(node.output(0), opset13.concat(flat, 1).output(0))


def layer_for_each_part(node: ov.Node) -> None:
    """Give the large parts of a concatenation convolutions of their own, and add what they compute."""
    if kind(node) != "Convolution" or (weights := constant(before(node, 1))) is None:
        return
    whole = parts(source(node))
    if whole is None:
        return
    ends = accumulate((shape(part)[1] for part in whole), initial=0)
    cut = [(part, weights[:, start:end]) for part, (start, end) in zip(whole, pairwise(ends), strict=True)]
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


def sign_into_weights(node: ov.Node) -> None:
    """Let a layer of x − state compute state − x with negated weights.

    OpenVINO makes a difference a sum with the negative, for which it would read the state once more.
    """
    if kind(node) != "Convolution" or kind(before(node)) != "Subtract":
        return
    state, weights = before(before(node), 1), constant(before(node, 1))
    if weights is not None and kind(state) == "Transpose" and kind(before(state)) == "Parameter":
        other = opset13.subtract(state.output(0), source(before(node)))
        replace(node.output(0), convolved(node, other.output(0), -weights))


def box_as_layer(node: ov.Node) -> None:
    """Take the mean over a window of a single channel as a convolution."""
    if kind(node) != "AvgPool" or shape(source(node))[1] != 1:
        return
    window = list(attribute(node, "kernel"))
    places = (list(attribute(node, name)) for name in ("strides", "pads_begin", "pads_end"))
    if any(attribute(node, "pads_begin")) or any(attribute(node, "pads_end")):
        return
    share = np.full((1, 1, *window), 1.0 / np.prod(window))
    replace(node.output(0), opset13.convolution(source(node), floats(share), *places, [1, 1]).output(0))


def spread_by_layer(node: ov.Node) -> None:
    """Spread (B, G, h, w) over C/G channels each by a convolution with ones, to (B, C, h, w).

    It is float32 and so comes after the choice of precisions, which takes convolutions for layers.
    """
    found = repeated(node.output(0)) if kind(node) == "Reshape" else None
    if found is None or shape(found[0])[1] == 1:
        return
    groups, repeats = found
    ones = np.repeat(np.eye(shape(groups)[1], dtype=np.float32), repeats, axis=0)
    replace(node.output(0), mixed(groups, ones))


def split_single_channel(node: ov.Node) -> None:
    """Compute a convolution to a single channel place by place, and add up what was computed around.

    OpenVINO computes sixteen channels at once, of which fifteen would be thrown away for every place of the
    kernel. It is float32 and so comes after the choice of precisions.
    """
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
