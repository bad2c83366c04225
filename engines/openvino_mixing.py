"""The mixing of neighbouring cells (`inference.network.upsampling`), by layers.

Sums over nine neighbours of sixteen pixels each take channels apart that lie last. Written with layers
whose weights are ones, they stay where they are:

    pixel = centre + Σ exp(l) (neighbour − centre) / Σ exp(l)

Differences from the centre are small, so that they may be rounded. Without subtracting the greatest logit
first the sums hold as long as no logit is beyond ±60, at which they are held.
"""

import numpy as np
import openvino as ov
from openvino import opset13

from engines.openvino_nodes import (
    Output,
    before,
    constant,
    convolved,
    floats,
    identity,
    kind,
    mixed,
    nodes,
    replace,
    shape,
    source,
)
from engines.openvino_rewrites import biased_layer

_NEIGHBOURS = 9
_GREATEST = 60.0


def mix_by_layers(model: ov.Model) -> None:
    """Replace every such mixing."""
    for node in nodes(model):
        if kind(node) == "Divide" and kind(before(node)) == kind(before(node, 1)) == "ReduceSum":
            _mix_by_layers(node)


def _mix_by_layers(mean: ov.Node) -> None:
    exponential = before(before(mean, 1))
    if kind(exponential) != "Exp" or len(shape(exponential.output(0))) != 5:
        return
    logits, found = _logits(exponential), _cells(mean, exponential)
    if logits is None or found is None:
        return
    padded, cells = found
    count = shape(exponential.output(0))[2]
    shares = opset13.exp(opset13.clamp(logits, -_GREATEST, _GREATEST)).output(0)
    apart = _from_centre(padded)
    spread = np.repeat(np.eye(_NEIGHBOURS), count, axis=0)  # a neighbour to its share of every pixel
    gather = np.tile(np.eye(count), (1, _NEIGHBOURS))  # the shares of a pixel to one sum
    weighted = mixed(opset13.multiply(shares, mixed(apart, spread)).output(0), gather)
    difference = opset13.divide(weighted, mixed(shares, gather))
    replace(mean.output(0), opset13.add(cells, difference).output(0))


def _logits(exponential: ov.Node) -> Output | None:
    """Return (B, 9 · 16, h, w) logits, those of bilinear interpolation among them."""
    below = before(exponential)  # the greatest logit
    if kind(below) != "Subtract" or kind(before(below, 1)) != "ReduceMax":
        return None
    add = before(below)
    if kind(add) != "Add" or shape(exponential.output(0))[1] != _NEIGHBOURS:
        return None
    prior = constant(before(add, 1))
    layer = biased_layer(source(before(add)))
    if prior is None or layer is None or kind(before(add)) != "Reshape":
        return None
    convolution, weights, bias = layer
    if prior.size != bias.size:
        return None
    logits = convolved(convolution, source(convolution), weights)
    return opset13.add(logits, floats(bias + prior.reshape(bias.shape))).output(0)


def _cells(mean: ov.Node, exponential: ov.Node) -> tuple[Output, Output] | None:
    """Return cells with a margin of one, and the cells."""
    product = before(before(mean))
    if kind(product) != "Multiply" or identity(before(product)) != identity(exponential):
        return None
    around = before(product, 1)
    if kind(around) != "Unsqueeze" or kind(before(around)) != "Concat":
        return None
    neighbours = source(around)
    node = before(neighbours.get_node())
    while kind(node) == "Slice":
        node = before(node)
    if kind(node) != "Pad" or shape(neighbours)[1] != _NEIGHBOURS:
        return None
    return node.output(0), source(node)


def _from_centre(padded: Output) -> Output:
    """Return how much more than a cell (B, 1, h, w) each of the nine around it is."""
    kernels = np.eye(_NEIGHBOURS)
    kernels[:, _NEIGHBOURS // 2] -= 1.0
    weights = floats(kernels.reshape(_NEIGHBOURS, 1, 3, 3))
    return opset13.convolution(padded, weights, [1, 1], [0, 0], [0, 0], [1, 1]).output(0)
