"""The Transformer encoder of one slice: patches that know of the whole image."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from inference.network.blocks import Downsample
from inference.network.config import BLOCK_PATCHES, NetworkConfig

POSITION_GRID = 14
"""Learned positions per axis, interpolated to other image sizes."""


class Attention(nn.Module):
    """Attention of patches to patches, written as matmul and softmax: its backward is faster on CPUs."""

    def __init__(self, width: int, *, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, width)

    def weights(self, x: Tensor, others: Tensor) -> tuple[Tensor, Tensor]:
        """(B, N, C) and (B, M, C) → attention (B, heads, N, M) and values (B, heads, M, C/heads)."""
        batch, count, width = x.shape
        size = width // self.heads
        query = self.query(x).reshape(batch, count, self.heads, size).transpose(1, 2)
        both = self.key_value(others).reshape(batch, others.shape[1], 2, self.heads, size)
        key, value = both.permute(2, 0, 3, 1, 4).unbind(0)
        return torch.softmax((query * size**-0.5) @ key.transpose(-2, -1), dim=-1), value

    def forward(self, x: Tensor, others: Tensor) -> Tensor:
        """(B, N, C) patches, and (B, M, C) what they look at → (B, N, C)."""
        attention, value = self.weights(x, others)
        return self.out((attention @ value).transpose(1, 2).reshape(x.shape))


class Layer(nn.Module):
    """A pre-norm Transformer layer."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        width = config.tokens
        self.norm_attention = nn.LayerNorm(width)
        self.attention = Attention(width, heads=config.heads)
        self.norm_mlp = nn.LayerNorm(width)
        self.mlp = nn.Sequential(
            nn.Linear(width, config.mlp_ratio * width), nn.GELU(), nn.Linear(config.mlp_ratio * width, width)
        )

    def forward(self, x: Tensor, size: tuple[int, int]) -> Tensor:
        """(B, N, C) → (B, N, C), with N = rows × columns of `size`."""
        normal = self.norm_attention(x)
        x = x + self.attention(normal, blocks(normal, size))
        return x + self.mlp(self.norm_mlp(x))


def blocks(x: Tensor, size: tuple[int, int]) -> Tensor:
    """Average patches (B, N, C) over blocks of 4 × 4 → (B, M, C); the last are filled up by their edges.

    What is looked at may be coarse: with all patches as keys, softmax took a quarter of the network's time
    for images of 640 × 480 (`docs/how/network.md` says what coarser ones cost).
    """
    grid = x.transpose(1, 2).unflatten(2, size)
    # As much more as a block may want, whether it does or not: no shape depends on it when exported.
    more = BLOCK_PATCHES - 1
    grid = F.avg_pool2d(F.pad(grid, (0, more, 0, more), mode="replicate"), BLOCK_PATCHES)
    return grid.flatten(2).transpose(1, 2)


class Encoder(nn.Module):
    """Patches of 1/16, each summed with an embedding of the whole image and its position, then attention."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        width = config.tokens
        self.patch = Downsample(config.mid, width)
        self.whole = nn.Linear(config.mid, width)
        self.position = nn.Parameter(torch.randn(1, width, POSITION_GRID, POSITION_GRID) * 0.02)
        self.layers = nn.ModuleList(Layer(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(width)

    def embed(self, mid: Tensor) -> Tensor:
        """(B, mid, H/8, W/8) → tokens (B, N, C) before the first layer."""
        patches = self.patch(mid)
        position = F.interpolate(self.position, size=patches.shape[-2:], mode="bilinear", align_corners=False)
        whole = self.whole(mid.mean(dim=(2, 3)))[:, :, None, None]
        return (patches + position.to(patches.dtype) + whole).flatten(2).transpose(1, 2)

    def forward(self, mid: Tensor, _image: Tensor) -> Tensor:
        """(B, mid, H/8, W/8) → tokens (B, tokens, H/16, W/16); the image itself is not looked at."""
        x = self.embed(mid)
        height, width = mid.shape[2] // 2, mid.shape[3] // 2
        for layer in self.layers:
            x = layer(x, (height, width))
        return self.norm(x).transpose(1, 2).reshape(x.shape[0], -1, height, width)
