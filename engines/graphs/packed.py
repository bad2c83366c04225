"""Graphs without the numbers that a file of weights holds already: the same numbers are kept once.

A graph is cut where the tensors of the weights occur in it: as they are, or transposed, as the matrices of
products are exported. What remains is its literal bytes; pieces say how to put the whole together again.
ONNX's own way, external data, is no choice: onnx 1.21 and later refuse data that is a link, and package
managers link the files that they install (onnx pull request 7717).
"""

import struct
from collections.abc import Iterable, Iterator

import numpy as np
from pydantic import Field

from engines.weights_header import parse_header
from focstream.files.limits import GRAPH_BYTES
from focstream.frozen_model import FrozenModel

_LEAST_BYTES = 256
"""Tensors below it stay where they are."""


class Piece(FrozenModel):
    """A run of bytes of a graph.

    Attributes
    ----------
    length
        Bytes.
    offset
        In the file of weights; None = the next of the literal bytes.
    columns
        Of the float32 matrix that lies there, which is transposed; 0 = the bytes as they are.
    """

    length: int = Field(ge=0, le=GRAPH_BYTES)
    offset: int | None = Field(default=None, ge=0, lt=2**63)
    columns: int = Field(default=0, ge=0, lt=2**31)


def pack(graph: bytes, weights: bytes) -> tuple[tuple[Piece, ...], bytes]:
    """Return the pieces of a graph, and its literal bytes.

    Parameters
    ----------
    graph
        Any file.
    weights
        A whole .safetensors file.
    """
    pieces: list[Piece] = []
    literal = bytearray()
    at = 0
    for start, piece in _found(graph, weights):
        if start < at:
            continue
        _keep(pieces, literal, graph[at:start])
        pieces.append(piece)
        at = start + piece.length
    _keep(pieces, literal, graph[at:])
    return tuple(pieces), bytes(literal)


def unpack(pieces: Iterable[Piece], literal: bytes, weights: bytes) -> bytes:
    """Put a graph together again.

    Raises
    ------
    ValueError
        When the pieces are not of these weights, or make more than a graph can be.
    """
    pieces = tuple(pieces)
    if sum(piece.length for piece in pieces) > GRAPH_BYTES:
        raise ValueError("the pieces together are no graph")
    whole = bytearray()
    at = 0
    for piece in pieces:
        if piece.offset is None:
            whole += literal[at : at + piece.length]
            at += piece.length
        else:
            whole += _bytes_of(piece, weights)
    return bytes(whole)


def _bytes_of(piece: Piece, weights: bytes) -> bytes:
    assert piece.offset is not None
    some = weights[piece.offset : piece.offset + piece.length]
    if not piece.columns:
        return some
    return np.frombuffer(some, "<f4").reshape(-1, piece.columns).T.tobytes()


def _found(graph: bytes, weights: bytes) -> list[tuple[int, Piece]]:
    """Where tensors occur in the graph, in its order."""
    found = []
    for piece in _tensors(weights):
        start = graph.find(_bytes_of(piece, weights))
        if start >= 0:
            found.append((start, piece))
    return sorted(found, key=lambda place: place[0])


def _tensors(weights: bytes) -> Iterator[Piece]:
    """Yield what may occur of a .safetensors file, whose header is JSON behind its length."""
    (header_bytes,) = struct.unpack_from("<Q", weights)
    start = 8 + header_bytes
    header = parse_header(weights[8:start], name="the weights")
    for tensor in header.tensors.values():
        begin, end = tensor.data_offsets
        if end - begin < _LEAST_BYTES:
            continue
        yield Piece(offset=start + begin, length=end - begin)
        if tensor.dtype == "F32" and len(tensor.shape) == 2:
            yield Piece(offset=start + begin, length=end - begin, columns=tensor.shape[1])


def _keep(pieces: list[Piece], literal: bytearray, some: bytes) -> None:
    if some:
        pieces.append(Piece(length=len(some)))
        literal += some
