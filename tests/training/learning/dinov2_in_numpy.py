"""DINOv2's Vision Transformer a second time, in numpy, from weights named as transformers names them."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Weights = dict[str, Array]
HEADS, PATCH, GRID = 2, 14, 37


def random_weights(*, width: int, layers: int) -> Weights:
    random = np.random.default_rng(0)

    def some(*shape: int) -> Array:
        return random.normal(0.0, 0.3, shape)

    weights = {
        "embeddings.cls_token": some(1, 1, width),
        "embeddings.position_embeddings": some(1, 1 + GRID * GRID, width),
        "embeddings.patch_embeddings.projection.weight": some(width, 3, PATCH, PATCH) * 0.1,
        "embeddings.patch_embeddings.projection.bias": some(width),
        "layernorm.weight": some(width),
        "layernorm.bias": some(width),
    }
    sizes = {
        "norm1": (width,),
        "attention.attention.query": (width, width),
        "attention.attention.key": (width, width),
        "attention.attention.value": (width, width),
        "attention.output.dense": (width, width),
        "norm2": (width,),
        "mlp.fc1": (4 * width, width),
        "mlp.fc2": (width, 4 * width),
    }
    for layer in range(layers):
        for name, size in sizes.items():
            weights[f"encoder.layer.{layer}.{name}.weight"] = some(*size)
            weights[f"encoder.layer.{layer}.{name}.bias"] = some(size[0])
        for number in (1, 2):
            weights[f"encoder.layer.{layer}.layer_scale{number}.lambda1"] = some(width)
    return weights


def tokens(weights: Weights, picture: Array, *, layers: int) -> Array:
    """(14 h, 14 w, 3) red-green-blue picture, normalised → (1 + h w, C) after the final norm."""
    height, width = picture.shape[0] // PATCH, picture.shape[1] // PATCH
    kernel = weights["embeddings.patch_embeddings.projection.weight"]
    cells = picture.reshape(height, PATCH, width, PATCH, 3)
    patches = np.einsum("hiwjc,ocij->hwo", cells, kernel).reshape(height * width, -1)
    patches = patches + weights["embeddings.patch_embeddings.projection.bias"]
    position = weights["embeddings.position_embeddings"][0]
    channels = [
        cv2.resize(channel, (width, height), interpolation=cv2.INTER_CUBIC)
        for channel in position[1:].T.reshape(-1, GRID, GRID)
    ]
    x = np.concatenate(
        [
            weights["embeddings.cls_token"][0] + position[:1],
            patches + np.stack(channels, axis=-1).reshape(height * width, -1),
        ]
    )
    for layer in range(layers):
        part = {k.removeprefix(f"encoder.layer.{layer}."): v for k, v in weights.items()}
        x = x + part["layer_scale1.lambda1"] * _attention(part, _norm(part, "norm1", x))
        hidden = _linear(part, "mlp.fc1", _norm(part, "norm2", x))
        gelu = 0.5 * hidden * (1.0 + np.vectorize(math.erf)(hidden / math.sqrt(2.0)))
        x = x + part["layer_scale2.lambda1"] * _linear(part, "mlp.fc2", gelu)
    return _norm(weights, "layernorm", x)


def _linear(weights: Weights, name: str, x: Array) -> Array:
    return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def _norm(weights: Weights, name: str, x: Array) -> Array:
    normal = (x - x.mean(axis=1, keepdims=True)) / np.sqrt(x.var(axis=1, keepdims=True) + 1e-6)
    return normal * weights[f"{name}.weight"] + weights[f"{name}.bias"]


def _attention(weights: Weights, x: Array) -> Array:
    query, key, value = (
        np.split(_linear(weights, f"attention.attention.{part}", x), HEADS, axis=1)
        for part in ("query", "key", "value")
    )
    heads = []
    for q, k, v in zip(query, key, value, strict=True):
        score = np.exp(q @ k.T / math.sqrt(q.shape[1]))
        heads.append(score / score.sum(axis=1, keepdims=True) @ v)
    return _linear(weights, "attention.output.dense", np.concatenate(heads, axis=1))
