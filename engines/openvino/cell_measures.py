"""Luminance, means and steps between pixels, measured in cells of an image by layers that do not round.

As exported, they take channels apart that lie last (see `cells`).
"""

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from openvino import opset13

from engines.openvino.cells import channel_order
from engines.openvino.nodes import (
    ARITHMETIC,
    Output,
    before,
    constant,
    exact,
    identity,
    kind,
    mixed,
    readers,
    replace,
    reshaped,
    shape,
    source,
)


def luminance_by_layer(node: ov.Node) -> None:
    """Write a weighted sum of the planes of cells as a layer."""
    if kind(node) != "Add" or any(kind(reader) == "Add" for reader in readers(node.output(0))):
        return
    shares: dict[int, float] = {}
    split = _shares(node.output(0), 1.0, shares)
    found = channel_order(source(split)) if split is not None else None
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


def mean_by_layer(node: ov.Node) -> None:
    """Write the mean of all channels of cells as a layer."""
    if kind(node) != "ReduceMean" or _constant(node, 1) != [1]:
        return
    cells = source(node)
    if len(shape(cells)) == 4 and _of_layer(cells):
        replace(node.output(0), reshaped(_mean_of_channels(cells), shape(node.output(0))))


def mean_step_by_layers(node: ov.Node) -> None:
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


def _constant(node: ov.Node, place: int) -> list[int] | None:
    values = constant(before(node, place)) if len(node.inputs()) > place else None
    return None if values is None else values.flatten().tolist()
