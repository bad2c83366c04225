"""What the encoder looks at, and which tokens the recurrence takes, in one picture.

As figure 3 of FocDepthFormer.
"""

import logging
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from engines.weights_file import load_network
from focstream.depth_update import FloatMap
from focstream.files.writing import write_whole, writing
from focstream.types import InputError
from inference.network.config import PATCH_PX
from inference.network.encoder import Attention, blocks
from inference.network.network import FocDepthFormer
from training.data.one_stack import OneStack, read_stack
from training.judging.command_settings import AttentionSettings
from training.panels import Picture, grid, heat, panel

_log = logging.getLogger(__name__)

PANEL_PX = 180
PANELS_IN_ROW = 6
PATCH_BGR = (80, 255, 80)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttentionMaps:
    """How much one patch takes from every other, in one slice.

    Attributes
    ----------
    layers
        (L, h, w) of every layer, mean over its heads; a map's sum is 1, less what a class token gets. Where
        blocks of patches are looked at (`encoder.blocks`), their patches share evenly.
    heads
        (K, h, w) of the heads of the last layer.
    """

    layers: NDArray[np.float32]
    heads: NDArray[np.float32]


def attention(settings: AttentionSettings) -> None:
    """Draw the picture and save it.

    Raises
    ------
    InputError
        When the stack or the weights cannot be read, the patch or the slice is not there, or the picture
        cannot be written.
    """
    network = load_network(settings.weights)
    stack = read_stack(settings.stack, index=settings.index, longest_px=settings.longest_px)
    middle = len(stack.coordinates) // 2
    slice_index = middle if settings.slice_index is None else settings.slice_index
    x_px, y_px = settings.patch
    patch = (int(x_px * stack.scale) // PATCH_PX, int(y_px * stack.scale) // PATCH_PX)
    picture = draw(network, stack, patch=patch, slice_index=slice_index)
    if settings.out.suffix.lower() not in (".png", ".jpg"):
        raise InputError(f"{settings.out}: cannot be written; give a .png or .jpg file")
    _, data = cv2.imencode(settings.out.suffix.lower(), picture)
    with writing(settings.out):
        settings.out.parent.mkdir(parents=True, exist_ok=True)
    write_whole(settings.out, data.tobytes())
    _log.info("%s", settings.out)


def draw(network: FocDepthFormer, stack: OneStack, *, patch: tuple[int, int], slice_index: int) -> Picture:
    """Draw attention and activation.

    Parameters
    ----------
    network
        In eval mode.
    stack
        Of at least one slice.
    patch
        Column and row of the patch, in patches.
    slice_index
        Slice whose attention is drawn.

    Returns
    -------
    picture
        (H, W, 3) uint8 blue-green-red. On top the slice with the patch marked, and the attention of the patch
        in every layer; below, by heads of the last layer; then one panel a slice, dark where tokens are not
        activated.

    Raises
    ------
    InputError
        When there is no such slice or patch, or the network has no Transformer layer.
    """
    if not 0 <= slice_index < len(stack.coordinates):
        raise InputError(f"slice {slice_index}: the stack has slices 0 to {len(stack.coordinates) - 1}")
    image = stack.images[slice_index]
    maps = attention_maps(network, image, float(stack.coordinates[slice_index]), patch=patch)
    slice_picture = _marked(_picture(image), patch)
    panels = [panel(slice_picture, f"slice {slice_index}, patch {patch[0]},{patch[1]}", height_px=PANEL_PX)]
    panels += [_heat_panel(m, image, patch, f"layer {k + 1}") for k, m in enumerate(maps.layers)]
    rows = _wrapped(panels)
    rows += _wrapped([_heat_panel(m, image, patch, f"head {k + 1}") for k, m in enumerate(maps.heads)])
    active = activation_masks(network, stack)
    rows += _wrapped([_active_panel(stack, mask, k) for k, mask in enumerate(active)])
    return grid(rows)


@torch.no_grad()
def attention_maps(
    network: FocDepthFormer, image: Tensor, coordinate: float, *, patch: tuple[int, int]
) -> AttentionMaps:
    """Attention of one patch (column, row) over a (3, H, W) image; see `draw`."""
    height, width = (-(-size // PATCH_PX) for size in image.shape[-2:])
    column, row = patch
    if not (0 <= column < width and 0 <= row < height):
        raise InputError(f"patch {column},{row} is outside of the image, which has {width}×{height} patches")
    found: list[Tensor] = []

    def note(layer: nn.Module, inputs: tuple[Tensor, Tensor]) -> None:
        assert isinstance(layer, Attention)
        weights, _ = layer.weights(*inputs)
        first = weights.shape[-2] - height * width  # before the patches there may be a class token
        found.append(_on_patches(weights[0, :, first + row * width + column], height=height, width=width))

    layers = [module for module in network.encoder.modules() if isinstance(module, Attention)]
    hooks = [layer.register_forward_pre_hook(note) for layer in layers]
    network.encode(image[None], torch.tensor([coordinate]))
    for hook in hooks:
        hook.remove()
    if not found:
        raise InputError("this network has no Transformer layer, so no attention; give other --weights")
    return AttentionMaps(
        layers=torch.stack([heads.mean(dim=0) for heads in found]).numpy(), heads=found[-1].numpy()
    )


def _on_patches(taken: Tensor, *, height: int, width: int) -> Tensor:
    """(heads, M) from a class token and all patches, or from blocks → (heads, height, width)."""
    shares = blocks(torch.eye(height * width)[None], (height, width))[0]  # of every patch in every block
    if taken.shape[1] != len(shares):
        return taken[:, -height * width :].reshape(-1, height, width)
    return (taken @ shares).reshape(-1, height, width)


@torch.no_grad()
def activation_masks(network: FocDepthFormer, stack: OneStack) -> NDArray[np.bool_]:
    """(S, h, w): the tokens of every slice that go through the LSTM."""
    masks = []
    for image, coordinate in zip(stack.images, stack.coordinates, strict=True):
        tokens = network.encode(image[None], coordinate[None]).tokens
        masks.append(network.recurrence.activation(tokens)[0, 0].numpy() > 0.5)
    return np.stack(masks)


def _heat_panel(weights: FloatMap, image: Tensor, patch: tuple[int, int], name: str) -> Picture:
    picture = _marked(_over_image(heat(weights, highest=float(weights.max())), image), patch)
    return panel(picture, f"{name}, peak {weights.max():.3f}", height_px=PANEL_PX)


def _active_panel(stack: OneStack, mask: NDArray[np.bool_], index: int) -> Picture:
    picture = _picture(stack.images[index])
    large = _over_size(mask.astype(np.uint8), picture)
    picture = np.where(large[..., None] > 0, picture, picture // 4).astype(np.uint8)
    coordinate = float(stack.coordinates[index])
    return panel(picture, f"{index}: s {coordinate:.2f}, {mask.mean():.0%} active", height_px=PANEL_PX)


def _over_image(small: Picture, image: Tensor) -> Picture:
    """Lay colours of patches over the grey image."""
    below = np.asarray(cv2.cvtColor(_picture(image), cv2.COLOR_BGR2GRAY), np.uint8)[..., None]
    return (0.7 * _over_size(small, below) + 0.3 * below).astype(np.uint8)


def _over_size(small: NDArray[np.uint8], picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Enlarge values of patches to pixels, and cut off what was padded."""
    large = small.repeat(PATCH_PX, axis=0).repeat(PATCH_PX, axis=1)
    return large[: picture.shape[0], : picture.shape[1]]


def _marked(picture: Picture, patch: tuple[int, int]) -> Picture:
    left, top = patch[0] * PATCH_PX, patch[1] * PATCH_PX
    cv2.rectangle(picture, (left, top), (left + PATCH_PX - 1, top + PATCH_PX - 1), PATCH_BGR, 1)
    return picture


def _picture(image: Tensor) -> Picture:
    """(3, H, W) 0 … 1 → (H, W, 3) uint8."""
    return np.ascontiguousarray((image.permute(1, 2, 0).numpy() * 255.0 + 0.5).astype(np.uint8))


def _wrapped(panels: list[Picture]) -> list[list[Picture]]:
    return [panels[first : first + PANELS_IN_ROW] for first in range(0, len(panels), PANELS_IN_ROW)]
