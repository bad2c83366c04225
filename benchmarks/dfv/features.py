"""Features of slices at four sizes, as DFV has them: a ResNet-18 and a pyramid back to 1/4."""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

WIDTHS = (64, 128, 256, 512)
"""Channels of the ResNet at 1/4, 1/8, 1/16 and 1/32."""
GIVEN = tuple(width // 4 for width in WIDTHS)
"""Channels that are given on."""


def convolution(channels_in: int, channels_out: int, size: int, *, stride: int = 1) -> nn.Sequential:
    """Return a convolution and its batch normalisation."""
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, size, stride=stride, padding=size // 2, bias=False),
        nn.BatchNorm2d(channels_out),
    )


class Basic(nn.Module):
    """A basic block of a ResNet (He et al. 2016)."""

    def __init__(self, channels_in: int, channels_out: int, *, stride: int) -> None:
        super().__init__()
        self.first = convolution(channels_in, channels_out, 3, stride=stride)
        self.second = convolution(channels_out, channels_out, 3)
        same = channels_in == channels_out and stride == 1
        self.past = nn.Identity() if same else convolution(channels_in, channels_out, 1, stride=stride)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) → (B, C', H / stride, W / stride)."""
        return F.relu(self.past(x) + self.second(F.relu(self.first(x))))


class PooledPyramid(nn.Module):
    """Means over windows of four sizes, added to what they are of."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(convolution(channels, channels, 1) for _ in range(4))

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) → the same."""
        height, width = x.shape[-2:]
        total = x
        for count, layer in zip(windows(height, width), self.layers, strict=True):
            window = (height // count, width // count)
            mean = F.relu(layer(F.avg_pool2d(x, window, stride=window)))
            total = total + 0.25 * F.interpolate(mean, size=(height, width), mode="bilinear")
        return F.relu(total / 2.0)


def windows(*sides: int) -> list[int]:
    """Return how many windows there are along an axis: from one to half of the shortest."""
    return [int(count) for count in torch.linspace(1, max(min(sides) // 2, 1), 4)]


class Features(nn.Module):
    """The encoder of one slice."""

    def __init__(self) -> None:
        super().__init__()
        self.first = convolution(3, WIDTHS[0], 7, stride=2)
        self.stages = nn.ModuleList(
            nn.Sequential(
                Basic(channels_in, channels_out, stride=1 if channels_in == channels_out else 2),
                Basic(channels_out, channels_out, stride=1),
            )
            for channels_in, channels_out in pairwise((WIDTHS[0], *WIDTHS))
        )
        self.pooled = PooledPyramid(WIDTHS[-1])
        self.up = nn.ModuleList(convolution(coarse, fine, 3) for fine, coarse in pairwise(WIDTHS))
        self.merge = nn.ModuleList(convolution(2 * fine, fine, 3) for fine in WIDTHS[:-1])
        self.give = nn.ModuleList(
            convolution(width, given, 1) for width, given in zip(WIDTHS, GIVEN, strict=True)
        )

    def forward(self, images: Tensor) -> list[Tensor]:
        """(B, 3, H, W) → (B, `GIVEN`, …) at 1/4, 1/8, 1/16 and 1/32."""
        x = F.max_pool2d(F.relu(self.first(images)), 3, stride=2, padding=1)
        found = []
        for stage in self.stages:
            x = stage(x)
            found.append(x)
        found[-1] = self.pooled(found[-1])
        for place in reversed(range(len(WIDTHS) - 1)):
            raised = F.relu(self.up[place](F.interpolate(found[place + 1], scale_factor=2.0)))
            found[place] = F.relu(self.merge[place](torch.cat([found[place], raised], dim=1)))
        return [F.relu(give(x)) for give, x in zip(self.give, found, strict=True)]
