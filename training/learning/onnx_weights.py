"""Reads the float32 weights out of an ONNX file, without needing onnx.

An ONNX file is one protobuf message (github.com/onnx/onnx, onnx.proto): numbered fields, of which only a few
are of interest here. Protobuf's encoding is described at protobuf.dev/programming-guides/encoding.
"""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from focstream.types import InputError

MODEL_GRAPH = 7
GRAPH_NODE, GRAPH_WEIGHT = 1, 5
NODE_INPUT, NODE_NAME = 1, 3
TENSOR_SIZE, TENSOR_TYPE, TENSOR_NAME, TENSOR_BYTES = 1, 2, 8, 9
FLOAT32 = 1
UNNAMED = "onnx::"
"""PyTorch's exporter begins so the names of weights that it reshaped, and thereby made nameless."""

VARINT, FIXED_64, BYTES, FIXED_32 = 0, 1, 2, 5


def read_onnx_weights(path: Path) -> dict[str, NDArray[np.float32]]:
    """Return the float32 weights of a graph by name.

    A weight that lost its name in the export goes by the name of the first node that uses it, such as
    ``/encoder/layer.0/mlp/fc1/MatMul``.

    Raises
    ------
    InputError
        If the file cannot be read, or is not an ONNX file.
    """
    try:
        content = memoryview(path.read_bytes())
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read ({error.strerror}); give the path of an ONNX file"
        ) from None
    try:
        weights, users = _read_graph(content)
    except ValueError:
        raise InputError(f"{path}: is not an ONNX file; give one, or fetch it again") from None
    if not weights:
        raise InputError(f"{path}: holds no float32 weights; give another ONNX file")
    return {users.get(name, name) if name.startswith(UNNAMED) else name: w for name, w in weights.items()}


def _read_graph(content: memoryview) -> tuple[dict[str, NDArray[np.float32]], dict[str, str]]:
    """Weights by name, and for each of a node's inputs the name of the first node that uses it."""
    weights: dict[str, NDArray[np.float32]] = {}
    users: dict[str, str] = {}
    for graph in _messages(content, MODEL_GRAPH):
        for node in _messages(graph, GRAPH_NODE):
            name = "".join(str(part, "utf-8") for part in _messages(node, NODE_NAME))
            for used in _messages(node, NODE_INPUT):
                users.setdefault(str(used, "utf-8"), name)
        for tensor in _messages(graph, GRAPH_WEIGHT):
            weights |= _read_tensor(tensor)
    return weights, users


def _read_tensor(tensor: memoryview) -> dict[str, NDArray[np.float32]]:
    """One weight under its name; none if it is not of float32, or not stored as plain bytes."""
    size: list[int] = []
    name, kind, values = "", 0, None
    for number, value in _fields(tensor):
        if number == TENSOR_SIZE:
            size += [value] if isinstance(value, int) else _varints(value)
        elif number == TENSOR_TYPE and isinstance(value, int):
            kind = value
        elif number == TENSOR_NAME and isinstance(value, memoryview):
            name = str(value, "utf-8")
        elif number == TENSOR_BYTES and isinstance(value, memoryview):
            values = value
    if kind != FLOAT32 or values is None or len(values) != 4 * math.prod(size):
        return {}
    return {name: np.frombuffer(values, "<f4").astype(np.float32).reshape(size)}


def _messages(content: memoryview, number: int) -> Iterator[memoryview]:
    for found, value in _fields(content):
        if found == number and isinstance(value, memoryview):
            yield value


def _fields(content: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Yield number and value of every field of a message; the value is an integer, or bytes.

    Raises
    ------
    ValueError
        If it is not a protobuf message.
    """
    at = 0
    while at < len(content):
        tag, at = _varint(content, at)
        number, kind = tag >> 3, tag & 7
        if kind == VARINT:
            value, at = _varint(content, at)
            yield number, value
            continue
        if kind == BYTES:
            length, at = _varint(content, at)
        elif kind in (FIXED_64, FIXED_32):
            length = 8 if kind == FIXED_64 else 4
        else:
            raise ValueError("no such kind of field")
        if at + length > len(content):
            raise ValueError("the message is cut off")
        yield number, content[at : at + length]
        at += length


def _varints(content: memoryview) -> list[int]:
    values, at = [], 0
    while at < len(content):
        value, at = _varint(content, at)
        values.append(value)
    return values


def _varint(content: memoryview, at: int) -> tuple[int, int]:
    """Return the integer that begins at `at` (7 bits a byte, the lowest first), and where it ends."""
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(content):
            raise ValueError("the message is cut off")
        byte = content[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return value, at
    raise ValueError("the integer is too long")
