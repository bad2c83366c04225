"""Graphs without the numbers that the file of weights beside them holds."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.graphs.folder import GraphPart, read_graphs, write_graphs
from engines.graphs.packed import pack, unpack
from engines.weights_info import WEIGHTS, WeightsInfo
from focstream.types import InputError
from inference.network.config import NetworkConfig

MATRIX = np.arange(96, dtype=np.float32).reshape(8, 12)
VECTOR = np.linspace(1.0, 2.0, 80, dtype=np.float32)


def weights_of(*tensors: np.ndarray) -> bytes:
    """A file of weights, laid out as safetensors says."""
    header: dict[str, object] = {"__metadata__": {"name": "tiny"}}
    at = 0
    for count, tensor in enumerate(tensors):
        header[f"t{count}"] = {
            "dtype": "F32",
            "shape": list(tensor.shape),
            "data_offsets": [at, at + tensor.nbytes],
        }
        at += tensor.nbytes
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + b"".join(tensor.tobytes() for tensor in tensors)


@settings(max_examples=40)
@given(between=st.lists(st.binary(max_size=60), min_size=4, max_size=4), order=st.permutations(range(3)))
def test_whatever_lies_between_the_numbers_the_graph_comes_back(
    between: list[bytes], order: list[int]
) -> None:
    found = [VECTOR.tobytes(), MATRIX.tobytes(), MATRIX.T.tobytes()]
    graph = between[0] + b"".join(found[k] + between[j + 1] for j, k in enumerate(order))
    weights = weights_of(VECTOR, MATRIX)
    pieces, literal = pack(graph, weights)
    assert unpack(pieces, literal, weights) == graph
    assert literal == b"".join(between)


def test_numbers_that_the_weights_do_not_hold_stay() -> None:
    graph = b"head" + (VECTOR + 1.0).tobytes()
    pieces, literal = pack(graph, weights_of(VECTOR))
    assert literal == graph
    assert len(pieces) == 1


def write(folder: Path, graph: bytes, weights: bytes) -> None:
    write_graphs(
        folder,
        {GraphPart.ENCODE: graph},
        info=WeightsInfo(name="tiny", config=NetworkConfig(), sigma_per_scale=1.0),
        weights_digest="0" * 64,
        size_px=None,
        weights=weights,
    )


def test_a_folder_keeps_numbers_once_and_gives_whole_graphs(tmp_path: Path) -> None:
    graph = b"head" + MATRIX.T.tobytes() + b"tail"
    write(tmp_path, graph, weights_of(MATRIX))
    assert read_graphs(tmp_path).read(GraphPart.ENCODE) == graph
    assert (tmp_path / "encode.onnx.rest").read_bytes() == b"headtail"
    assert not (tmp_path / "encode.onnx").exists()


@pytest.mark.parametrize("other", [weights_of(MATRIX + 1.0), b"", weights_of(VECTOR)])
def test_other_weights_are_refused(tmp_path: Path, other: bytes) -> None:
    write(tmp_path, b"head" + MATRIX.T.tobytes(), weights_of(MATRIX))
    (tmp_path / WEIGHTS).write_bytes(other)
    with pytest.raises(InputError, match="damaged or of other weights"):
        read_graphs(tmp_path)
