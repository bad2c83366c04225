"""Arithmetic with channels last, where what goes in has them so.

States and cells are kept with channels last, and named as if they were first by a transposition. Layers see
through it. Arithmetic does not: it would turn its operands around, and its outcome back. So the transposition
moves behind the arithmetic, until a layer reads it or another one undoes it.
"""

from collections.abc import Sequence

import openvino as ov
from openvino import opset13

from engines.openvino.nodes import (
    ARITHMETIC,
    FIRST,
    LAST,
    Output,
    axes,
    before,
    constant,
    kind,
    replace,
    reshaped,
    shape,
    source,
    sources,
    transposed,
)


def tokens_last(node: ov.Node) -> None:
    """Shape between tokens (B, N, C) and (B, C, h, w) without turning what has channels last already."""
    _from_tokens(node)
    _to_tokens(node)


def arithmetic_last(node: ov.Node) -> None:
    """Move a transposition that brings channels to the front behind arithmetic, or against another one."""
    if kind(node) in ARITHMETIC:
        _behind_arithmetic(node)
    elif kind(node) == "Convert" and (data := _last(source(node))) is not None:
        converted = opset13.convert(data, node.output(0).get_element_type())
        replace(node.output(0), transposed(converted.output(0), FIRST))
    elif axes(node) == LAST and (data := _last(source(node))) is not None:
        replace(node.output(0), data)


def one_for_each_reader(node: ov.Node) -> None:
    """Give readers transpositions of their own: a layer sees through one that it alone reads."""
    if axes(node) != FIRST:
        return
    for port in list(node.output(0).get_target_inputs())[1:]:
        port.replace_source_output(transposed(source(node), FIRST))


def _from_tokens(node: ov.Node) -> None:
    """Take tokens (B, N, C), turned to (B, C, N) and shaped to (B, C, h, w), for what they are."""
    if kind(node) != "Reshape" or axes(before(node)) != (0, 2, 1):
        return
    if len(shape(node.output(0))) == 4:
        batch, width, height, columns = shape(node.output(0))
        grid = reshaped(source(before(node)), (batch, height, columns, width))
        replace(node.output(0), transposed(grid, FIRST))


def _to_tokens(node: ov.Node) -> None:
    """Shape (B, C, h, w), whose channels lie last behind a layer, to tokens (B, N, C) without turning it."""
    if axes(node) != (0, 2, 1) or kind(before(node)) != "Reshape":
        return
    if len(shape(source(before(node)))) == 4:
        grid = transposed(source(before(node)), LAST)
        replace(node.output(0), reshaped(grid, shape(node.output(0))))


def _behind_arithmetic(node: ov.Node) -> None:
    operands = [_operand(output) for output in sources(node)]
    if all(operand is not None for operand in operands) and any(
        _last(output) is not None for output in sources(node)
    ):
        one, other = (operand for operand in operands if operand is not None)
        replace(node.output(0), transposed(ARITHMETIC[kind(node)](one, other).output(0), FIRST))


def _operand(output: Output) -> Output | None:
    """Return it with channels last: what was turned, a single channel, or a number."""
    data = _last(output)
    if data is not None:
        return data
    size: Sequence[int] = shape(output)
    if not size or set(size) == {1}:
        return output if constant(output.get_node()) is not None else None
    if len(size) == 4 and size[1] == 1:
        return reshaped(output, (size[0], *size[2:], 1))
    return None


def _last(output: Output) -> Output | None:
    node = output.get_node()
    return source(node) if axes(node) == FIRST else None
