"""Sums over single channels and over whole images, kept apart.

The focus attention adds up seven moments and the colours of a cell as one tensor, whose parts have nothing
to do with each other: they are put together, multiplied, added, and taken apart again. Here a concatenation
moves behind the arithmetic, until nothing is left of it.
"""

import openvino as ov
from openvino import opset13

from engines.openvino.nodes import (
    ARITHMETIC,
    Output,
    before,
    constant,
    kind,
    parts,
    repeated,
    replace,
    shape,
    source,
)


def sink_concatenation(node: ov.Node) -> None:
    """Move a concatenation of channels behind arithmetic, or drop it where it is only taken apart."""
    if kind(node) in ARITHMETIC:
        _behind_arithmetic(node)
    elif kind(node) == "Slice":
        _part_of_parts(node)
    elif kind(node) == "Split":
        _parts_one_by_one(node)


def _behind_arithmetic(node: ov.Node) -> None:
    one, other = (parts(source(node, place)) for place in (0, 1))
    if one and other:
        if [shape(part) for part in one] != [shape(part) for part in other]:
            return
    elif one and (channel := _repeated_channel(source(node, 1))) is not None:
        other = [channel] * len(one)
    elif other and (channel := _repeated_channel(source(node, 0))) is not None:
        one = [channel] * len(other)
    if one and other:
        make = ARITHMETIC[kind(node)]
        made = [make(_apart(a, b), _apart(b, a)).output(0) for a, b in zip(one, other, strict=True)]
        replace(node.output(0), opset13.concat(made, 1).output(0))


def _part_of_parts(node: ov.Node) -> None:
    whole = parts(source(node))
    if whole is None:
        return
    first, last, step, axis = (constant(before(node, place)) for place in (1, 2, 3, 4))
    if first is None or last is None or step != [1] or axis != [1]:
        return
    found, at = [], 0
    for part in whole:
        if first[0] <= at < last[0]:
            found.append(part)
        at += shape(part)[1]
    if found and sum(shape(part)[1] for part in found) == shape(node.output(0))[1]:
        replace(node.output(0), found[0] if len(found) == 1 else opset13.concat(found, 1).output(0))


def _parts_one_by_one(node: ov.Node) -> None:
    whole = parts(source(node))
    if whole is None or constant(before(node, 1)) != 1:
        return
    if [shape(part) for part in whole] == [shape(output) for output in node.outputs()]:
        for part, output in zip(whole, node.outputs(), strict=True):
            replace(output, part)


def _repeated_channel(output: Output) -> Output | None:
    """Return the one channel that an output repeats."""
    found = repeated(output)
    return found[0] if found is not None and shape(found[0])[1] == 1 else None


def _apart(output: Output, other: Output) -> Output:
    """Keep what one channel is computed of from being fused with, and repeated for, every one of many.

    OpenVINO fuses arithmetic over any shapes. A pooling of single places is no arithmetic.
    """
    if shape(output)[1] > 1 or shape(other)[1] == 1:
        return output
    return opset13.max_pool(output, [1, 1], [1, 1], [0, 0], [0, 0], [1, 1], "floor", "explicit").output(0)
