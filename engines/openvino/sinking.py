"""Sums over single channels and over whole images, kept apart (see `rewrites`).

The focus attention adds up seven moments and the colours of a cell as one tensor, whose parts have nothing
to do with each other: they are put together, multiplied, added, and taken apart again. Here a concatenation
moves behind the arithmetic, until nothing is left of it.
"""

import openvino as ov
from openvino import opset13

from engines.openvino.nodes import (
    ARITHMETIC,
    Output,
    attribute,
    before,
    constant,
    kind,
    nodes,
    replace,
    shape,
    source,
    sources,
)


def sink_concatenations(model: ov.Model) -> None:
    """Move concatenations of channels behind arithmetic, and drop those that are only taken apart."""
    for node in nodes(model):
        if kind(node) in ARITHMETIC:
            _behind_arithmetic(node)
        elif kind(node) == "Slice":
            _part_of_parts(node)
        elif kind(node) == "Split":
            _parts_one_by_one(node)


def _behind_arithmetic(node: ov.Node) -> None:
    one, other = (_parts(source(node, place)) for place in (0, 1))
    if one and other:
        if [shape(part) for part in one] != [shape(part) for part in other]:
            return
    elif one and (channel := _repeated(source(node, 1))) is not None:
        other = [channel] * len(one)
    elif other and (channel := _repeated(source(node, 0))) is not None:
        one = [channel] * len(other)
    if one and other:
        make = ARITHMETIC[kind(node)]
        parts = [make(_apart(a, b), _apart(b, a)).output(0) for a, b in zip(one, other, strict=True)]
        replace(node.output(0), opset13.concat(parts, 1).output(0))


def _part_of_parts(node: ov.Node) -> None:
    parts = _parts(source(node))
    if parts is None:
        return
    first, last, step, axis = (constant(before(node, place)) for place in (1, 2, 3, 4))
    if first is None or last is None or step != [1] or axis != [1]:
        return
    found, at = [], 0
    for part in parts:
        if first[0] <= at < last[0]:
            found.append(part)
        at += shape(part)[1]
    if found and sum(shape(part)[1] for part in found) == shape(node.output(0))[1]:
        replace(node.output(0), found[0] if len(found) == 1 else opset13.concat(found, 1).output(0))


def _parts_one_by_one(node: ov.Node) -> None:
    parts = _parts(source(node))
    if parts is None or constant(before(node, 1)) != 1:
        return
    if [shape(part) for part in parts] == [shape(output) for output in node.outputs()]:
        for part, output in zip(parts, node.outputs(), strict=True):
            replace(output, part)


def _parts(output: Output) -> list[Output] | None:
    node = output.get_node()
    if kind(node) == "Concat" and attribute(node, "axis") == 1 and len(shape(output)) == 4:
        return sources(node)
    return None


def _repeated(output: Output) -> Output | None:
    """Return the one channel that `Tensor.repeat_interleave` made many of."""
    broadcast = before(output.get_node()) if kind(output.get_node()) == "Reshape" else None
    if broadcast is None or kind(broadcast) != "Broadcast" or kind(before(broadcast)) != "Unsqueeze":
        return None
    channel = source(before(broadcast))
    return channel if len(shape(channel)) == 4 and shape(channel)[1] == 1 else None


def _apart(output: Output, other: Output) -> Output:
    """Keep what one channel is computed of from being fused with, and repeated for, every one of many.

    OpenVINO fuses arithmetic over any shapes. A pooling of single places is no arithmetic.
    """
    if shape(output)[1] > 1 or shape(other)[1] == 1:
        return output
    return opset13.max_pool(output, [1, 1], [1, 1], [0, 0], [0, 0], [1, 1], "floor", "explicit").output(0)
