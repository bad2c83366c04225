"""Writes just enough of ONNX to test what reads it."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray


def model(weights: Mapping[str, NDArray[np.float32]], nodes: Sequence[tuple[str, str]]) -> bytes:
    """A model with weights by name, and nodes given as (name, name of an input)."""
    graph = b"".join(_bytes(1, _bytes(1, used.encode()) + _bytes(3, name.encode())) for name, used in nodes)
    graph += b"".join(_bytes(5, _tensor(name, values)) for name, values in weights.items())
    return _integer(1, 7) + _bytes(2, b"pytorch") + _bytes(7, graph)


def _tensor(name: str, values: NDArray[np.float32]) -> bytes:
    sizes = b"".join(_integer(1, size) for size in values.shape)
    return sizes + _integer(2, 1) + _bytes(8, name.encode()) + _bytes(9, values.astype("<f4").tobytes())


def _bytes(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _integer(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _varint(value: int) -> bytes:
    head = b""
    while value >= 0x80:
        head, value = head + bytes([value & 0x7F | 0x80]), value >> 7
    return head + bytes([value])
