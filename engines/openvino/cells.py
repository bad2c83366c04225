"""Cells of an image with channels last (`inference.network.stem.to_cells`).

As exported, the channels of cells go plane by plane: all blue pixels of a cell, then the green, then the red.
An image that comes with channels last has to be turned around pixel by pixel for that, and turned again for
the layers behind. Here cells keep the order of the image, pixel by pixel: whole rows of a cell are moved at
once, or nothing is. Layers have their weights ordered so instead.
"""

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from engines.openvino.nodes import (
    ARITHMETIC,
    CELL_ROWS,
    FIRST,
    LAST,
    Output,
    attribute,
    axes,
    before,
    by_pixel,
    constant,
    convolved,
    kind,
    ordered,
    replace,
    reshaped,
    shape,
    source,
    transposed,
)


def cells_of_image(node: ov.Node) -> None:
    """Turn an image (B, H, W, C) to cells (B, C n n, H/n, W/n) by moving rows of cells at once, or nothing.

    Nothing moves where pixels came from cells. Else another order of channels is left, which `order_behind`
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


def pixels_of_layer(node: ov.Node) -> None:
    """Turn cells of one channel to pixels from where channels lie last, as they come from a layer."""
    if not _shuffles(node):
        return
    batch, channels, height, width = shape(source(node))
    side = attribute(node, "block_size")
    if channels != side * side:
        return
    cells = reshaped(transposed(source(node), LAST), (batch, height, width, side, side))
    replace(node.output(0), reshaped(transposed(cells, CELL_ROWS), shape(node.output(0))))


def image_of_cells(node: ov.Node) -> None:
    """Turn cells (B, C n n, h, w) to an image (B, n h, n w, C) by moving rows of cells at once."""
    if axes(node) != LAST or kind(before(node)) != "DepthToSpace":
        return
    shuffle = before(node)
    side = attribute(shuffle, "block_size")
    batch, height, width, planes = shape(node.output(0))
    if attribute(shuffle, "mode") != "depth_first" or planes == 1:
        return
    cells = transposed(ordered(source(shuffle), by_pixel(planes, side)), LAST)
    strips = reshaped(cells, (batch, height // side, width // side, side, side * planes))
    replace(node.output(0), reshaped(transposed(strips, CELL_ROWS), (batch, height, width, planes)))


def order_behind(node: ov.Node) -> None:
    """Move an order of channels behind arithmetic, into the weights of a layer, or against another order."""
    if kind(node) in ARITHMETIC:
        _behind_arithmetic(node)
    elif kind(node) == "Convolution" and (found := channel_order(source(node))) is not None:
        weights = constant(before(node, 1))
        if weights is not None:
            data, order = found
            replace(node.output(0), convolved(node, data, weights[:, np.argsort(order)]))
    elif (last := channel_order(node.output(0))) and (first := channel_order(last[0])):
        data, order = first[0], first[1][last[1]]
        same = (order == np.arange(order.size)).all()
        replace(node.output(0), data if same else ordered(data, order))


def _behind_arithmetic(node: ov.Node) -> None:
    one, other = (channel_order(source(node, place)) for place in (0, 1))
    found = one or other
    if found is None:
        return
    order = found[1]
    operands = []
    for place, own in enumerate((one, other)):
        if own is not None and (own[1] == order).all():
            operands.append(own[0])
        elif own is None and _same_for_all(source(node, place)):
            operands.append(source(node, place))
        else:
            return
    replace(node.output(0), ordered(ARITHMETIC[kind(node)](*operands).output(0), order))


def _same_for_all(output: Output) -> bool:
    """Say whether all channels share the value."""
    size = shape(output)
    return len(size) < 3 or size[-3] == 1


def channel_order(output: Output) -> tuple[Output, NDArray[np.int64]] | None:
    """Return what is put into another order of channels, and the order."""
    node = output.get_node()
    if kind(node) != "Gather" or len(shape(output)) != 4 or constant(before(node, 2)) != 1:
        return None
    order = constant(before(node, 1))
    if order is None or sorted(order.flatten().tolist()) != list(range(shape(source(node))[1])):
        return None
    return source(node), order


def _shuffles(node: ov.Node) -> bool:
    return kind(node) == "DepthToSpace" and attribute(node, "mode") == "depth_first"
