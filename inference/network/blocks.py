"""Building blocks without normalisation: they train fastest on CPUs and mean the same in training and use."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the name everybody knows

RESIDUAL_GAIN = 0.2
"""Start value of the learned gain of every residual branch; small, so that deep stacks start stable."""


class ResidualBlock(nn.Module):
    """x + g · conv(relu(conv(relu(x)))), both 3 × 3, with a learned gain per channel."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        self.gain = nn.Parameter(torch.full((1, channels, 1, 1), RESIDUAL_GAIN))

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) → (B, C, H, W)."""
        return x + self.gain * self.second(F.relu(self.first(F.relu(x))))


def residual_stack(channels: int, *, count: int) -> nn.Sequential:
    """Return `count` residual blocks in a row."""
    return nn.Sequential(*(ResidualBlock(channels) for _ in range(count)))


class Downsample(nn.Module):
    """Halve the size: 2 × 2 cells become channels of one pixel."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.project = nn.Conv2d(channels_in, channels_out, 2, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) → (B, C', H/2, W/2)."""
        return self.project(x)


class CoordinateEmbedding(nn.Module):
    """A sweep coordinate (and other scalars) as a bias per channel."""

    FREQUENCIES = 4

    def __init__(self, channels: int, *, scalars: int = 1) -> None:
        super().__init__()
        self.mlp = nn.Sequential(
            nn.Linear(scalars * (1 + 2 * self.FREQUENCIES), channels),
            nn.ReLU(),
            nn.Linear(channels, channels),
        )

    def forward(self, scalars: Tensor) -> Tensor:
        """(B, K) → (B, C, 1, 1)."""
        angles = torch.cat([scalars * (torch.pi * 2.0**k) for k in range(self.FREQUENCIES)], dim=1)
        features = torch.cat([scalars, torch.sin(angles), torch.cos(angles)], dim=1)
        return self.mlp(features)[:, :, None, None]
