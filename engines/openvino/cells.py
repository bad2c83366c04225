"""Cells of an image with channels last (`inference.network.stem.to_cells`), and what is measured in them.

As exported, the channels of cells go plane by plane: all blue pixels of a cell, then the green, then the red.
An image that comes with channels last has to be turned around pixel by pixel for that, and turned again for
the layers behind. Here cells keep the order of the image, pixel by pixel: whole rows of a cell are moved at
once, or nothing is. Layers have their weights ordered so instead, and what is measured in cells (luminance,
means, steps between pixels) is written as layers, which are exact.
"""

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from openvino import opset13

from engines.openvino.nodes import (
    ARITHMETIC,
    Output,
    attribute,
    axes,
    before,
    constant,
    convolved,
    exact,
    identity,
    kind,
    mixed,
    nodes,
    readers,
    replace,
    reshaped,
    shape,
    source,
    transposed,
)
from engines.openvino.wiring import CELL_ROWS, LAST, by_pixel, ordered


def cells_by_pixel(model: ov.Model) -> None:
    """Let cells keep the order of the image; behind the rewrites that find cells."""
    for apply in (_to_image, _behind, _luminance, _mean, _mean_step):
        for node in nodes(model):
            apply(node)


def _to_image(node: ov.Node) -> None:
    """(B, C n n, h, w) → (B, n h, n w, C)."""
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


def _behind(node: ov.Node) -> None:
    """Move an order of channels behind arithmetic, into the weights of a layer, or against another order."""
    if kind(node) in ARITHMETIC:
        _behind_arithmetic(node)
    elif kind(node) == "Convolution" and (found := _order(source(node))) is not None:
        weights = constant(before(node, 1))
        if weights is not None:
            data, order = found
            replace(node.output(0), convolved(node, data, weights[:, np.argsort(order)]))
    elif (outer := _order(node.output(0))) is not None and (inner := _order(outer[0])) is not None:
        data, order = inner[0], inner[1][outer[1]]
        same = (order == np.arange(order.size)).all()
        replace(node.output(0), data if same else ordered(data, order))


def _behind_arithmetic(node: ov.Node) -> None:
    one, other = (_order(source(node, place)) for place in (0, 1))
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


def _luminance(node: ov.Node) -> None:
    """Write a weighted sum of the planes of cells as a layer."""
    if kind(node) != "Add" or any(kind(reader) == "Add" for reader in readers(node.output(0))):
        return
    shares: dict[int, float] = {}
    split = _shares(node.output(0), 1.0, shares)
    found = _order(source(split)) if split is not None else None
    if split is None or found is None:
        return
    data, order = found
    pixels = shape(node.output(0))[1]
    weights = np.zeros((pixels, order.size))
    for plane, share in shares.items():
        weights[:, plane * pixels : (plane + 1) * pixels] = share * np.eye(pixels)
    replace(node.output(0), exact(mixed(data, weights[:, np.argsort(order)])))


def _shares(output: Output, factor: float, shares: dict[int, float]) -> ov.Node | None:
    """Collect how much of each part of a split is in a sum; return the split."""
    node = output.get_node()
    if kind(node) == "Split" and constant(before(node, 1)) == 1:
        shares[output.get_index()] = shares.get(output.get_index(), 0.0) + factor
        return node
    if kind(node) == "Multiply" and (value := constant(before(node, 1))) is not None and value.size == 1:
        return _shares(source(node), factor * float(value.item()), shares)
    if kind(node) == "Add":
        first, second = (_shares(source(node, place), factor, shares) for place in (0, 1))
        if first is not None and second is not None and identity(first) == identity(second):
            return first
    return None


def _mean(node: ov.Node) -> None:
    """Write the mean of all channels of cells as a layer."""
    if kind(node) != "ReduceMean" or _constant(node, 1) != [1]:
        return
    cells = source(node)
    if len(shape(cells)) == 4 and _of_layer(cells):
        replace(node.output(0), reshaped(_mean_of_channels(cells), shape(node.output(0))))


def _mean_step(node: ov.Node) -> None:
    """Write the mean square of steps between pixels, (B, n, n, h, w) → (B, h, w), as two layers."""
    square = before(node) if kind(node) == "ReduceMean" else node
    if kind(square) != "Multiply" or identity(before(square)) != identity(before(square, 1)):
        return
    if _constant(node, 1) != [1, 2] or kind(before(square)) != "Subtract":
        return
    later, earlier = (_places(source(before(square), place)) for place in (0, 1))
    if later is None or earlier is None or identity(later[0].get_node()) != identity(earlier[0].get_node()):
        return
    pixels = shape(later[0])[1]
    step = exact(mixed(later[0], np.eye(pixels)[later[1]] - np.eye(pixels)[earlier[1]]))
    mean = _mean_of_channels(opset13.multiply(step, step).output(0))
    replace(node.output(0), reshaped(mean, shape(node.output(0))))


def _mean_of_channels(values: Output) -> Output:
    count = shape(values)[1]
    return exact(mixed(values, np.full((1, count), 1.0 / count)))


def _places(output: Output) -> tuple[Output, NDArray[np.int64]] | None:
    """Return the cells (B, n n, h, w) that a slice of (B, n, n, h, w) is of, and which pixels it takes."""
    node = output.get_node()
    if kind(node) != "Slice" or kind(before(node)) != "Reshape" or len(shape(output)) != 5:
        return None
    rows, columns = shape(source(node))[1:3]
    first, last, step, axis = (_constant(node, place) for place in (1, 2, 3, 4))
    if first is None or last is None or step != [1] or axis not in ([1], [2]):
        return None
    taken = [slice(None), slice(None)]
    taken[axis[0] - 1] = slice(first[0], last[0])
    cells = source(before(node))
    return cells, np.arange(rows * columns).reshape(rows, columns)[tuple(taken)].flatten()


def _of_layer(cells: Output) -> bool:
    """Say whether channels lie last, as a layer leaves them."""
    node = cells.get_node()
    while kind(node) in ARITHMETIC:
        node = before(node)
    return kind(node) == "Convolution"


def _order(output: Output) -> tuple[Output, NDArray[np.int64]] | None:
    """Return what is put into another order of channels, and the order."""
    node = output.get_node()
    if kind(node) != "Gather" or len(shape(output)) != 4 or constant(before(node, 2)) != 1:
        return None
    order = constant(before(node, 1))
    if order is None or sorted(order.flatten().tolist()) != list(range(shape(source(node))[1])):
        return None
    return source(node), order


def _same_for_all(output: Output) -> bool:
    """Say whether all channels share the value."""
    size = shape(output)
    return len(size) < 3 or size[-3] == 1


def _constant(node: ov.Node, place: int) -> list[int] | None:
    values = constant(before(node, place)) if len(node.inputs()) > place else None
    return None if values is None else values.flatten().tolist()
