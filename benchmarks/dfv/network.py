"""DFV's network with random weights, written anew from its paper and the sizes in its public code.

F. Yang, X. Huang, Z. Zhou, "Deep depth from focus with differential focus volume", CVPR 2022. Four levels,
as it is published and judges. It serves to count and to time: it was never trained. None of its code was
taken, which is in part under the MIT licence and in part under the GPL.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from benchmarks.dfv.features import Features, windows

LEVELS = ((32, 32), (64, 32), (128, 64), (128, 128))
"""Channels that enter a level, and within it, from 1/4 to 1/32."""


def convolution(channels_in: int, channels_out: int, size: int = 3) -> nn.Sequential:
    """Return a convolution over slices and places, and its batch normalisation."""
    return nn.Sequential(
        nn.Conv3d(channels_in, channels_out, size, padding=size // 2, bias=False),
        nn.BatchNorm3d(channels_out),
    )


class Residual(nn.Module):
    """Two convolutions and a way past them."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.first, self.second = (
            convolution(channels_in, channels_out),
            convolution(channels_out, channels_out),
        )
        same = channels_in == channels_out
        self.past = nn.Identity() if same else convolution(channels_in, channels_out, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, S, H, W) → (B, C', S, H, W)."""
        return F.relu(self.past(x) + self.second(F.relu(self.first(x))))


class PooledVolume(nn.Module):
    """Means over windows of four sizes of slices and places, added to what they are of."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(convolution(channels, channels, 1) for _ in range(4))

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, S, H, W) → the same."""
        sides = x.shape[2:]
        total = x
        for count, layer in zip(windows(*sides), self.layers, strict=True):
            window = [side // count for side in sides]
            mean = layer(F.avg_pool3d(x, window, stride=window))
            total = total + 0.25 * F.interpolate(mean, size=tuple(sides), mode="trilinear")
        return F.relu(total / 2.0)


class DfvNetwork(nn.Module):
    """From stacks to maps: features of every slice, their differences, and convolutions over both."""

    def __init__(self) -> None:
        super().__init__()
        self.features = Features()
        self.levels = nn.ModuleList(
            nn.Sequential(
                Residual(channels_in, channels),
                Residual(channels, channels),
                PooledVolume(channels) if place >= 2 else nn.Identity(),
            )
            for place, (channels_in, channels) in enumerate(LEVELS)
        )
        self.up = nn.ModuleList(convolution(channels, channels // 2) for _, channels in LEVELS[1:])
        finest = LEVELS[0][1]
        self.likeness = nn.Sequential(
            convolution(finest, finest), nn.ReLU(), nn.Conv3d(finest, 1, 3, padding=1), nn.ReLU()
        )

    def forward(self, images: Tensor, coordinates: Tensor) -> Tensor:
        """(B, S, 3, H, W) and (B, S) → (B, 1, H, W)."""
        return self.of_features(self.features(images.flatten(0, 1)), coordinates)

    def of_features(self, features: list[Tensor], coordinates: Tensor) -> Tensor:
        """Return the map of slices whose features are known: all that a new slice cannot do without."""
        stacks, slices = coordinates.shape
        volumes = [differences(x.view(stacks, slices, *x.shape[1:]).transpose(1, 2)) for x in features]
        coarse: Tensor | None = None
        for place in reversed(range(len(LEVELS))):
            volume = volumes[place] if coarse is None else torch.cat([coarse, volumes[place]], dim=1)
            volume = self.levels[place](volume)
            if place:
                raised = F.interpolate(volume, scale_factor=(1.0, 2.0, 2.0), mode="trilinear")
                coarse = F.relu(self.up[place - 1](raised))
        likeness = F.interpolate(self.likeness(volume)[:, 0], scale_factor=4.0, mode="bilinear")
        return (torch.softmax(likeness, dim=1) * coordinates[:, :, None, None]).sum(dim=1, keepdim=True)


def differences(volume: Tensor) -> Tensor:
    """(B, C, S, H, W) → each slice less the next; the last as it is."""
    return torch.cat([volume[:, :, :-1] - volume[:, :, 1:], volume[:, :, -1:]], dim=2)
