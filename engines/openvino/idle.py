"""Operations that change nothing."""

import openvino as ov

from engines.openvino.nodes import axes, before, kind, replace, shape, source


def drop_idle(node: ov.Node) -> None:
    """Drop what changes no shape, and turning there and back."""
    if kind(node) in ("Reshape", "Broadcast", "Pad") and shape(node.output(0)) == shape(source(node)):
        replace(node.output(0), source(node))
        return
    second = axes(node)
    first = axes(before(node)) if second else None
    if first and second and [first[axis] for axis in second] == sorted(first):
        replace(node.output(0), source(before(node)))
