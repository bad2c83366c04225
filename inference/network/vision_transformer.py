"""A Vision Transformer built as DINOv2's are, so that their weights fit.

Oquab et al., "DINOv2: Learning Robust Visual Features without Supervision", 2023.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from inference.network.blocks import RESIDUAL_GAIN
from inference.network.encoder import Attention

VIT_PATCH_PX = 14
"""Side of a patch."""
VIT_POSITION_GRID = 37
"""Learned positions per axis: DINOv2's last training images had 518 px."""
MLP_RATIO = 4
NORM_EPSILON = 1e-6
IMAGE_MEAN = (0.406, 0.456, 0.485)
IMAGE_DEVIATION = (0.225, 0.224, 0.229)
"""Statistics of ImageNet's images, 0 … 1; blue, green, red."""


class ScaledLayer(nn.Module):
    """A pre-norm Transformer layer whose branches are scaled per channel (LayerScale)."""

    def __init__(self, width: int, *, heads: int) -> None:
        super().__init__()
        self.norm_attention = nn.LayerNorm(width, eps=NORM_EPSILON)
        self.attention = Attention(width, heads=heads)
        self.scale_attention = nn.Parameter(torch.full((width,), RESIDUAL_GAIN))
        self.norm_mlp = nn.LayerNorm(width, eps=NORM_EPSILON)
        self.mlp = nn.Sequential(
            nn.Linear(width, MLP_RATIO * width), nn.GELU(), nn.Linear(MLP_RATIO * width, width)
        )
        self.scale_mlp = nn.Parameter(torch.full((width,), RESIDUAL_GAIN))

    def forward(self, x: Tensor) -> Tensor:
        """(B, N, C) → (B, N, C)."""
        normal = self.norm_attention(x)
        x = x + self.scale_attention * self.attention(normal, normal)
        return x + self.scale_mlp * self.mlp(self.norm_mlp(x))


class VisionTransformer(nn.Module):
    """Patches of 14 px and a class token, which learned to represent the whole image."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, *, width: int, layers: int, heads: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(IMAGE_MEAN)[:, None, None], persistent=False)
        self.register_buffer("deviation", torch.tensor(IMAGE_DEVIATION)[:, None, None], persistent=False)
        self.patch = nn.Conv2d(3, width, VIT_PATCH_PX, stride=VIT_PATCH_PX)
        self.position = nn.Parameter(torch.randn(1, width, VIT_POSITION_GRID, VIT_POSITION_GRID) * 0.02)
        self.whole = nn.Parameter(torch.randn(1, 1, width) * 0.02)
        self.layers = nn.ModuleList(ScaledLayer(width, heads=heads) for _ in range(layers))
        self.norm = nn.LayerNorm(width, eps=NORM_EPSILON)

    def forward(self, image: Tensor, added: Tensor) -> Tensor:
        """Look at an image.

        Parameters
        ----------
        image
            (B, 3, 14 h, 14 w) blue-green-red, 0 … 1.
        added
            (B, C, h, w), or of size 1 where it is to be repeated; joins the patches before the first layer.

        Returns
        -------
        Tensor
            (B, 1 + h w, C): the class token, then the patches, row by row.
        """
        patches = self.patch((image - self.mean) / self.deviation)
        position = F.interpolate(self.position, size=patches.shape[-2:], mode="bicubic", align_corners=False)
        tokens = (patches + position.to(patches.dtype) + added).flatten(2).transpose(1, 2)
        x = torch.cat([self.whole.to(tokens.dtype).expand(len(tokens), -1, -1), tokens], dim=1)
        for layer in self.layers:
            x = layer(x)
        return self.norm(x)
