"""Reads the float32 weights out of an ONNX file."""

import math
from pathlib import Path

import numpy as np
import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from numpy.typing import NDArray
from onnx import TensorProto, numpy_helper
from onnx.external_data_helper import uses_external_data

from focstream.files.limits import GRAPH_BYTES
from focstream.files.user_file import read_file
from focstream.types import InputError

UNNAMED = "onnx::"
"""PyTorch's exporter begins so the names of weights that it reshaped, and thereby made nameless."""


def read_onnx_weights(path: Path) -> dict[str, NDArray[np.float32]]:
    """Return the float32 weights of a graph by name.

    A weight that lost its name in the export goes by the name of the first node that uses it, such as
    ``/encoder/layer.0/mlp/fc1/MatMul``.

    Raises
    ------
    InputError
        If the file cannot be read, is not an ONNX file, or has its weights in other files: such a file names
        paths, and what is at a path that a stranger chose is not read.
    """
    try:
        data = read_file(path, most_bytes=GRAPH_BYTES, remedy="give the path of an ONNX file")
        graph = onnx.load_model_from_string(data).graph
    except DecodeError:
        raise InputError(f"{path}: is not an ONNX file; give one, or fetch it again") from None
    users: dict[str, str] = {}
    for node in graph.node:
        for used in node.input:
            users.setdefault(used, node.name)
    weights = {}
    for tensor in graph.initializer:
        if tensor.data_type == TensorProto.FLOAT:
            unnamed = tensor.name.startswith(UNNAMED)
            name = users.get(tensor.name, tensor.name) if unnamed else tensor.name
            weights[name] = _values(tensor, path)
    if not weights:
        raise InputError(f"{path}: holds no float32 weights; give another ONNX file")
    return weights


def _values(tensor: TensorProto, path: Path) -> NDArray[np.float32]:
    if uses_external_data(tensor):
        raise InputError(
            f"{path}: has the weight {tensor.name} in another file; put all into one with "
            f'onnx.save(onnx.load("{path.name}"), "whole.onnx")'
        )
    if math.prod(tensor.dims) > GRAPH_BYTES // 4 or min(tensor.dims, default=0) < 0:
        raise InputError(f"{path}: its weight {tensor.name} announces {list(tensor.dims)}; fetch it again")
    try:
        return np.asarray(numpy_helper.to_array(tensor), np.float32)
    except ValueError as error:
        raise InputError(f"{path}: its weight {tensor.name} is damaged ({error}); fetch it again") from None
