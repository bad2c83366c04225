"""The mixing of neighbouring cells (`inference.network.upsampling`), by layers.

Sums over four corners of sixteen pixels each take channels apart that lie last. Written with layers whose
weights are ones, they stay where they are:

    pixel = centre + Σ exp(l) (corner − centre) / Σ exp(l)

Differences from the centre are small, so that they may be rounded. Without subtracting the greatest logit
first the sums hold as long as no logit is beyond ±60, at which they are held.
"""

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from openvino import opset13

from engines.openvino.nodes import (
    Output,
    before,
    biased_layer,
    constant,
    convolved,
    floats,
    identity,
    kind,
    mixed,
    replace,
    shape,
    source,
)

_AROUND = 9
"""_AROUND counts a cell and its neighbours, row by row."""
_GREATEST = 60.0
"""_GREATEST bounds logits: exp of it, and of its negative, are float32 with room for the sums."""


def mix_by_layers(mean: ov.Node) -> None:
    """Replace such a weighted mean."""
    if kind(mean) != "Divide" or not kind(before(mean)) == kind(before(mean, 1)) == "ReduceSum":
        return
    exponential = before(before(mean, 1))
    if kind(exponential) != "Exp" or len(shape(exponential.output(0))) != 5:
        return
    logits, found = _logits(exponential), _corners(mean, exponential)
    if logits is None or found is None:
        return
    padded, cells, places = found
    corners, pixels = shape(exponential.output(0))[1:3]
    shares = opset13.exp(opset13.clamp(logits, -_GREATEST, _GREATEST)).output(0)
    spread = np.eye(_AROUND)[places]  # a cell to its share of every pixel
    gather = np.tile(np.eye(pixels), (1, corners))  # the shares of a pixel to one sum
    weighted = mixed(opset13.multiply(shares, mixed(_from_centre(padded), spread)).output(0), gather)
    difference = opset13.divide(weighted, mixed(shares, gather))
    replace(mean.output(0), opset13.add(cells, difference).output(0))


def _logits(exponential: ov.Node) -> Output | None:
    """Return (B, 4 · 16, h, w) logits, those of bilinear interpolation among them."""
    below = before(exponential)  # the greatest logit
    if kind(below) != "Subtract" or kind(before(below, 1)) != "ReduceMax":
        return None
    add = before(below)
    if kind(add) != "Add":
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


def _corners(mean: ov.Node, exponential: ov.Node) -> tuple[Output, Output, NDArray[np.int64]] | None:
    """Return cells with a margin of one, the cells, and which of those around is which corner of a pixel."""
    product = before(before(mean))
    if kind(product) != "Multiply" or identity(before(product)) != identity(exponential):
        return None
    chosen = before(before(product, 1))
    if kind(chosen) != "Gather" or kind(before(chosen)) != "Concat":
        return None
    around, places = source(chosen), constant(before(chosen, 1))
    node = before(around.get_node())
    while kind(node) == "Slice":
        node = before(node)
    if kind(node) != "Pad" or shape(around)[1] != _AROUND or places is None:
        return None
    return node.output(0), source(node), places


def _from_centre(padded: Output) -> Output:
    """Return how much more than a cell (B, 1, h, w) each of the nine around it is."""
    kernels = np.eye(_AROUND)
    kernels[:, _AROUND // 2] -= 1.0
    weights = floats(kernels.reshape(_AROUND, 1, 3, 3))
    return opset13.convolution(padded, weights, [1, 1], [0, 0], [0, 0], [1, 1]).output(0)
