"""ONNX graphs of what hosts do with images and maps otherwise (`engines.pictures`); needs onnx.

What crosses the bus is a quarter of the images and half of the maps, and the host has only to copy.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from engines.graphs.folder import OPSET
from engines.graphs.state_layout import COORDINATES, IMAGES, MAPS
from engines.pictures import FULL_SCALE, PictureFormat, share_of
from engines.tensorrt.borders import AT, PICTURES, PUBLISHED, Border, Ports

_CHANNELS = 3
_GREEN = 1
_IR_VERSION = 10
_BYTES = np.array([1, 256], np.float32)  # of 16 bits; sums of these are exact


def border_graph(part: Border, pictures: PictureFormat, ports: Ports, *, sigma_per_scale: float) -> bytes:
    """Return the graph at a border of the network, serialized.

    Parameters
    ----------
    part
        At which border.
    pictures
        Format of the images.
    ports
        Of this graph.
    sigma_per_scale
        Of the weights.
    """
    chains = _give(pictures, sigma_per_scale) if part is Border.GIVE else _take(pictures, part)
    graph = helper.make_graph(
        [node for chain in chains for node in chain.nodes],
        part.value,
        _values(ports.inputs, ports),
        _values(ports.outputs, ports),
        [constant for chain in chains for constant in chain.constants],
    )
    model: ModelProto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
    model.ir_version = _IR_VERSION
    return model.SerializeToString()


def _values(shapes: Mapping[str, tuple[int, ...]], ports: Ports) -> list[Any]:
    kinds = {name: TensorProto.UINT8 if name in ports.uint8 else TensorProto.FLOAT for name in shapes}
    return [helper.make_tensor_value_info(name, kinds[name], shape) for name, shape in shapes.items()]


class _Chain:
    """Operations, one behind the other, with their constants."""

    def __init__(self, start: str) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []
        self._start = self._name = start

    def then(self, kind: str, *operands: NDArray[Any], out: str = "", **attributes: Any) -> "_Chain":  # noqa: ANN401
        """Append an operation on what came before and on constants; `out` names what it gives."""
        label = f"{self._start}/{len(self.nodes)}"
        names = [self._name, *(f"{label}/{index}" for index in range(len(operands)))]
        for name, values in zip(names[1:], operands, strict=True):
            self.constants.append(numpy_helper.from_array(values, name))
        self._name = out or label
        self.nodes.append(helper.make_node(kind, names, [self._name], name=f"{kind}/{label}", **attributes))
        return self


def _take(pictures: PictureFormat, part: Border) -> list[_Chain]:
    # TensorRT takes integers in, but computes nothing with them.
    images = _Chain(PICTURES).then("Cast", to=TensorProto.FLOAT)
    share = share_of(np.dtype(np.uint8))
    if part is Border.TAKE_16:
        images.then("Mul", _BYTES).then("ReduceSum", _numbers(-1), keepdims=0)
        share = share_of(np.dtype(np.uint16))
    padded = pictures.padded_shape
    more = [whole - part for whole, part in zip(padded, pictures.shape, strict=False)]
    if any(more):
        none = [0] * len(pictures.shape)
        images.then("Pad", _numbers(*none, *more, *none[len(more) :]), mode="edge")
    if not pictures.colour:
        images.then("Unsqueeze", _numbers(-1)).then("Expand", _numbers(*padded, _CHANNELS))
    images.then("Mul", np.array(share), out=IMAGES)
    return [images, _Chain(AT).then("Identity", out=COORDINATES)]


def _give(pictures: PictureFormat, sigma_per_scale: float) -> list[_Chain]:
    coordinate, sigma, picture = (_cut(_Chain(name), pictures) for name in MAPS)
    coordinate.then("Identity", out=PUBLISHED[0])
    sigma.then("Exp").then("Mul", np.array(np.float32(sigma_per_scale)), out=PUBLISHED[1])
    if not pictures.colour:
        picture.then("Gather", np.array(_GREEN, np.int64), axis=3)
    picture.then("Mul", np.array(np.float32(FULL_SCALE))).then("Round")
    picture.then("Clip", np.array(np.float32(0.0)), np.array(np.float32(FULL_SCALE)))
    picture.then("Cast", out=PUBLISHED[2], to=TensorProto.UINT8)
    return [coordinate, sigma, picture]


def _cut(chain: _Chain, pictures: PictureFormat) -> _Chain:
    """(B, H', W', …) → (B, H, W, …)."""
    if pictures.padded_shape[1:] == pictures.size_px:
        return chain
    return chain.then("Slice", _numbers(0, 0), _numbers(*pictures.size_px), _numbers(1, 2))


def _numbers(*values: int) -> NDArray[np.int64]:
    return np.array(values, np.int64)
