"""The Transformer encoder of one slice: patches that know of the whole image."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from inference.network.blocks import Downsample
from inference.network.config import NetworkConfig

POSITION_GRID = 14
"""Learned positions per axis, interpolated to other image sizes."""


class Attention(nn.Module):
    """Self-attention over all patches, written as matmul and softmax: its backward is faster on CPUs."""

    def __init__(self, width: int, *, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def weights(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(B, N, C) → attention (B, heads, N, N) and values (B, heads, N, C/heads)."""
        batch, count, width = x.shape
        qkv = self.qkv(x).reshape(batch, count, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        query, key, value = qkv.unbind(0)
        scale = (width // self.heads) ** -0.5
        return torch.softmax((query * scale) @ key.transpose(-2, -1), dim=-1), value

    def forward(self, x: Tensor) -> Tensor:
        """(B, N, C) → (B, N, C)."""
        attention, value = self.weights(x)
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

    def forward(self, x: Tensor) -> Tensor:
        """(B, N, C) → (B, N, C)."""
        x = x + self.attention(self.norm_attention(x))
        return x + self.mlp(self.norm_mlp(x))


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
        for layer in self.layers:
            x = layer(x)
        height, width = mid.shape[2] // 2, mid.shape[3] // 2
        return self.norm(x).transpose(1, 2).reshape(x.shape[0], -1, height, width)
