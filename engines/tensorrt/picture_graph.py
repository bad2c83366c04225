"""Images as cameras give them, and maps as they are published, at the borders of ONNX graphs; needs onnx.

For engines on GPUs: what crosses the bus is a quarter of the images and half of the maps, and the host has
only to copy. The exported graphs stay as they are.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from engines.graphs.state_layout import IMAGES, MAPS
from engines.pictures import FULL_SCALE, PictureFormat, share_of

PUBLISHED = ("coordinate", "coordinate_sigma", "all_in_focus")
"""Outputs in the place of `MAPS`: (B, H, W) float32, the same, and (B, H, W) or (B, H, W, 3) uint8."""
_CHANNELS = 3
_GREEN = 1
_BEFORE, _AFTER = "pictures/", "published/"


def with_pictures(model: ModelProto, pictures: PictureFormat, *, sigma_per_scale: float) -> ModelProto:
    """Take uint8 images of one format, and give finished maps of their size, where a graph has them.

    Parameters
    ----------
    model
        A part of the network; it is left as it is.
    pictures
        Format of the images.
    sigma_per_scale
        Of the weights.
    """
    changed = ModelProto()
    changed.CopyFrom(model)
    graph = changed.graph
    if any(value.name == IMAGES for value in graph.input):
        _take_pictures(graph, pictures)
    if any(value.name == MAPS[0] for value in graph.output):
        _give_published(graph, pictures, sigma_per_scale)
    return changed


class _Nodes:
    """Operations in the making, one behind the other, with their constants."""

    def __init__(self, prefix: str, start: str) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []
        self.name = start
        self._prefix = prefix

    def then(self, kind: str, *operands: NDArray[Any], out: str = "", **attributes: Any) -> "_Nodes":  # noqa: ANN401
        """Append an operation on what came before and on constants; `out` names what it gives."""
        names = [self.name]
        for values in operands:
            names.append(f"{self._prefix}{len(self.nodes)}/{len(names)}")
            self.constants.append(numpy_helper.from_array(values, names[-1]))
        self.name = out or f"{self._prefix}{len(self.nodes)}"
        label = f"{self._prefix}{kind}/{self.name}"
        self.nodes.append(helper.make_node(kind, names, [self.name], name=label, **attributes))
        return self


def _take_pictures(graph: Any, pictures: PictureFormat) -> None:  # noqa: ANN401 - a message of protobuf's
    inside = f"{_BEFORE}{IMAGES}"
    for node in graph.node:
        for place, name in enumerate(node.input):
            if name == IMAGES:
                node.input[place] = inside
    places = [place for place, value in enumerate(graph.input) if value.name == IMAGES]
    given = helper.make_tensor_value_info(IMAGES, TensorProto.UINT8, pictures.shape)
    graph.input[places[0]].CopyFrom(given)
    # TensorRT takes integers in, but computes nothing with them.
    nodes = _Nodes(_BEFORE, IMAGES).then("Cast", to=TensorProto.FLOAT)
    padded = pictures.padded_shape
    more = [whole - part for whole, part in zip(padded, pictures.shape, strict=False)]
    if any(more):
        none = [0] * len(pictures.shape)
        nodes.then("Pad", _numbers(*none, *more, *none[len(more) :]), mode="edge")
    if not pictures.colour:
        nodes.then("Unsqueeze", _numbers(-1)).then("Expand", _numbers(*padded, _CHANNELS))
    nodes.then("Mul", np.array(share_of(np.dtype(np.uint8))), out=inside)
    _add(graph, nodes, first=True)


def _give_published(graph: Any, pictures: PictureFormat, sigma_per_scale: float) -> None:  # noqa: ANN401
    coordinate, log_scale, sharp = (f"{_AFTER}{name}" for name in MAPS)
    inside = dict(zip(MAPS, (coordinate, log_scale, sharp), strict=True))
    for node in graph.node:
        for names in (node.input, node.output):
            for place, name in enumerate(names):
                names[place] = inside.get(name, name)
    size = (pictures.shape[0], *pictures.size_px)
    kinds = (TensorProto.FLOAT, TensorProto.FLOAT, TensorProto.UINT8)
    shapes = (size, size, pictures.shape)
    given = [helper.make_tensor_value_info(*each) for each in zip(PUBLISHED, kinds, shapes, strict=True)]
    others = [value for value in graph.output if value.name not in MAPS]
    del graph.output[:]
    graph.output.extend([*given, *others])
    _add(graph, _cut(_Nodes(f"{_AFTER}c", coordinate), pictures).then("Identity", out=PUBLISHED[0]))
    sigma = _cut(_Nodes(f"{_AFTER}s", log_scale), pictures).then("Exp")
    _add(graph, sigma.then("Mul", np.array(np.float32(sigma_per_scale)), out=PUBLISHED[1]))
    picture = _cut(_Nodes(f"{_AFTER}p", sharp), pictures)
    if not pictures.colour:
        picture.then("Gather", np.array(_GREEN, np.int64), axis=3)
    picture.then("Mul", np.array(np.float32(FULL_SCALE))).then("Round")
    picture.then("Clip", np.array(np.float32(0.0)), np.array(np.float32(FULL_SCALE)))
    _add(graph, picture.then("Cast", out=PUBLISHED[2], to=TensorProto.UINT8))


def _cut(nodes: _Nodes, pictures: PictureFormat) -> _Nodes:
    """(B, H', W', …) → (B, H, W, …)."""
    if pictures.padded_shape[1:] == pictures.size_px:
        return nodes
    return nodes.then("Slice", _numbers(0, 0), _numbers(*pictures.size_px), _numbers(1, 2))


def _add(graph: Any, nodes: _Nodes, *, first: bool = False) -> None:  # noqa: ANN401
    graph.initializer.extend(nodes.constants)
    every = [*nodes.nodes, *graph.node] if first else [*graph.node, *nodes.nodes]
    del graph.node[:]
    graph.node.extend(every)


def _numbers(*values: int) -> NDArray[np.int64]:
    return np.array(values, np.int64)
