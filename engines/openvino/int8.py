"""Which layers of a graph compute in int8, and the nodes that make OpenVINO do so.

Convolutions, and the products of the Transformers with their weights where weights have eight bits: with AVX2
alone, where they have seven, such products are slower in int8. Weights have a scale for each channel that
comes out, values that go in one range for all, from a table that was measured (`engines.int8`). Nothing else
is rounded: states, moments, norms, softmax and sums stay float32.

What decides the depth stays float32, too:

- products of numbers that a slice has only once: its coordinate;
- layers of few channels: of pictures, of logits, of the coarse coordinate that is merged with the features;
- layers whose output says how much of something counts (the gates of the LSTM, the mixing of cells): through
  an exponential, small errors become large, and in a state they add up over the slices.
"""

import hashlib
from pathlib import Path

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from openvino import opset13

from engines.errors import EngineError
from engines.int8.table import RANGES, LayerRange, Ranges, remake
from engines.openvino.nodes import (
    Output,
    attribute,
    before,
    constant,
    floats,
    identity,
    is_exact,
    kind,
    nodes,
    parts,
    readers,
    shape,
    source,
)

_PRODUCT = "MatMul"
_LAYERS = ("Convolution", _PRODUCT)
_WIDE_BITS = 8
"""_WIDE_BITS of weights are for processors that add up in 32 bits: there products are quicker in int8."""
_TOKENS = 3
"""_TOKENS have a batch, places and channels; what a slice has once has no places."""
_FEW_CHANNELS = 16
"""OpenVINO computes sixteen channels at once; layers of no more take little time."""
_DECIDE = frozenset({"Exp", "Sigmoid", "Tanh", "Softmax"})
_PASS_ON = frozenset({"Add", "Clamp", "Reshape", "Slice", "Split", "Transpose", "VariadicSplit"})
_LEVELS = 256
_WEIGHT_LEVELS = 255
"""_WEIGHT_LEVELS lie on both sides of zero alike, which needs no correction afterwards."""
_GREATEST_OF_BITS = {8: 127, 7: 63}
_SMALLEST = 1e-12
"""_SMALLEST is the least that a channel of weights counts as: one of zeros only has no scale."""


def int8_layers(model: ov.Model) -> dict[str, list[ov.Node]]:
    """Return the layers that may compute in int8, by the digest of their weights, in their order."""
    found: dict[str, list[ov.Node]] = {}
    for node in nodes(model):
        weights = constant(before(node, 1)) if kind(node) in _LAYERS else None
        if weights is not None and _may_round(node, weights):
            found.setdefault(_digest(weights), []).append(node)
    return found


def to_int8(model: ov.Model, ranges: Ranges, *, weight_bits: int, folder: Path) -> None:
    """Let layers compute in int8 as ranges say; inputs and outputs of the model keep their types.

    Parameters
    ----------
    model
        In float32, with all that makes it faster done already: what comes later would find no constants.
    ranges
        Of the same weights.
    weight_bits
        8, or 7 for processors that add up pairs of products in sixteen bits: eight would overflow there.
    folder
        Of the table, for messages.

    Raises
    ------
    EngineError
        When the table lacks a layer.
    """
    rounded: dict[tuple[str, int], Output] = {}
    for digest, same in int8_layers(model).items():
        if digest not in ranges:
            raise EngineError(f"{folder / RANGES}: lacks a layer of the graph ({digest}); {remake(folder)}")
        found = ranges[digest]
        if found is None:
            continue
        for node in same:
            if kind(node) == _PRODUCT and weight_bits < _WIDE_BITS:
                continue
            data = source(node)
            key = identity(data.get_node()), data.get_index()
            if key not in rounded:
                rounded[key] = _rounded(data, found)
            node.input(0).replace_source_output(rounded[key])
            node.input(1).replace_source_output(_rounded_weights(node, weight_bits))
    model.validate_nodes_and_infer_types()


def _may_round(node: ov.Node, weights: NDArray[np.float32]) -> bool:
    if kind(node) == _PRODUCT and (len(shape(source(node))) < _TOKENS or weights.ndim != 2):
        return False
    few = min(weights.shape[:2]) <= _FEW_CHANNELS
    if few or is_exact(node) or _is_selection(weights):
        return False
    if parts(source(node)) is not None:  # small parts of unlike scales; large ones have layers of their own
        return False
    return not _decides(node.output(0))


def _is_selection(weights: NDArray[np.float32]) -> bool:
    """Say whether weights choose or add up channels: they were not learned."""
    return bool(np.isin(weights, (-1.0, 0.0, 1.0)).all())


def _decides(output: Output) -> bool:
    return any(
        kind(node) in _DECIDE
        or (kind(node) in _PASS_ON and any(_decides(further) for further in node.outputs()))
        for node in readers(output)
    )


def _digest(weights: NDArray[np.float32]) -> str:
    numbers = np.ascontiguousarray(weights, np.float32)
    return hashlib.sha256(f"{numbers.shape}".encode() + numbers.tobytes()).hexdigest()[:16]


def _rounded(data: Output, found: LayerRange) -> Output:
    """Round to levels of which one is zero: margins are zeros."""
    step = (found.high - found.low) / (_LEVELS - 1)
    below = round(-found.low / step)
    ends = floats(np.array(-below * step)), floats(np.array((_LEVELS - 1 - below) * step))
    return opset13.fake_quantize(data, *ends, *ends, _LEVELS).output(0)


def _rounded_weights(node: ov.Node, bits: int) -> Output:
    """Round the weights of a layer; each channel that comes out of it has a scale of its own."""
    weights = before(node, 1)
    values = constant(weights)
    assert values is not None
    out = 1 if kind(node) == _PRODUCT and not attribute(node, "transpose_b") else 0
    inwards = tuple(axis for axis in range(values.ndim) if axis != out)
    greatest = np.abs(values).max(axis=inwards, keepdims=True)
    end = np.maximum(greatest, _SMALLEST) * (_GREATEST_OF_BITS[8] / _GREATEST_OF_BITS[bits])
    ends = floats(-end), floats(end)
    return opset13.fake_quantize(weights, *ends, *ends, _WEIGHT_LEVELS).output(0)
