"""What graphs compute, by torch: the parts of the network, and what is at its borders."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from engines.graphs.modules import DecodeGraph, EncodeGraph, UpdateGraph
from engines.graphs.state_layout import COORDINATES, IMAGES, MAPS, feature_tensors, state_tensors
from engines.pictures import FULL_SCALE, share_of
from engines.tensorrt.borders import AT, PICTURES, PUBLISHED
from inference.network.network import FocDepthFormer, pad_to_patches

Shapes = Mapping[str, tuple[int, ...]]
Compute = Callable[[Mapping[str, Tensor]], Mapping[str, Tensor]]


def part_of(
    network: FocDepthFormer, inputs: Sequence[str], outputs: Shapes, *, sigma_per_scale: float
) -> Compute:
    """Return what computes the graph that has these inputs and outputs."""
    if PICTURES in inputs:
        return _take
    if PUBLISHED[0] in outputs:
        return lambda maps: _give(maps, outputs, sigma_per_scale)
    features = [spec.name for spec in feature_tensors(network.config)]
    layout = state_tensors(network.config)
    state = [spec.name for spec in layout]
    following = [spec.next_name for spec in layout]

    def pick(values: Mapping[str, Tensor], names: Sequence[str]) -> tuple[Tensor, ...]:
        return tuple(values[name] for name in names)

    def named(names: Sequence[str], values: Sequence[Tensor]) -> Mapping[str, Tensor]:
        return dict(zip(names, values, strict=True))

    encode, update, decode = EncodeGraph(network), UpdateGraph(network), DecodeGraph(network)

    def advance(images: Tensor, at: Tensor, before: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        after: tuple[Tensor, ...] = update(at, encode(images, at), before)
        return after

    if IMAGES in inputs and set(following) <= set(outputs):
        return lambda v: named(following, advance(v[IMAGES], v[COORDINATES], pick(v, state)))
    if IMAGES in inputs:
        return lambda v: named(features, encode(v[IMAGES], v[COORDINATES]))
    if COORDINATES in inputs:
        return lambda v: named(following, update(v[COORDINATES], pick(v, features), pick(v, state)))
    return lambda v: named(MAPS, decode(pick(v, state)))


def _take(given: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    values = given[PICTURES].float()
    share = share_of(np.dtype(np.uint8))
    if values.ndim > 3 and values.shape[-1] == 2:  # bytes of 16 bits, the lower ones first
        values = values[..., 0] + 256.0 * values[..., 1]
        share = share_of(np.dtype(np.uint16))
    planes = values.permute(0, 3, 1, 2) if values.ndim > 3 else values[:, None].expand(-1, 3, -1, -1)
    images = pad_to_patches(planes).permute(0, 2, 3, 1) * float(share)
    return {IMAGES: images, COORDINATES: given[AT]}


def _give(maps: Mapping[str, Tensor], shapes: Shapes, sigma_per_scale: float) -> Mapping[str, Tensor]:
    _, height_px, width_px = shapes[PUBLISHED[0]]
    coordinate, log_scale, sharp = (maps[name][:, :height_px, :width_px] for name in MAPS)
    picture = sharp if len(shapes[PUBLISHED[2]]) > 3 else sharp[..., 1]
    whole = (picture * FULL_SCALE).round().clamp(0.0, FULL_SCALE).to(torch.uint8)
    return dict(zip(PUBLISHED, (coordinate, log_scale.exp() * sigma_per_scale, whole), strict=True))
