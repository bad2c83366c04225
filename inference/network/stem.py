"""The early multi-scale encoder: what is sharp, at several scales, at 1/4 of the image's size."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from inference.network.blocks import CoordinateEmbedding, Downsample, residual_stack
from inference.network.config import CELL_PX, STEM_KERNELS, NetworkConfig

LUMA = (0.114, 0.587, 0.299)
"""Weights of blue, green and red (ITU-R BT.601)."""
CELL_VALUES = CELL_PX * CELL_PX
CONTRAST_WINDOW = 5
"""Cells (of 4 px) over which the local mean and contrast are taken."""
CONTRAST_FLOOR = 0.02
"""Contrast, as a share of full scale, below which nothing is amplified further."""
NOISE_FLOOR = 0.002
"""Root mean square, as a share of full scale, below which focus measures mean nothing."""
CUES = 6
MEANS_WINDOW = 3
"""Cells over which the variance of their means is taken, besides that over `CONTRAST_WINDOW`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """An image cut into cells of 4 × 4 px, whose pixels are channels.

    Attributes
    ----------
    colour
        (B, 48, H/4, W/4) blue, green and red, 0 … 1.
    contrast
        (B, 16, H/4, W/4) luminance less its local mean, over its local contrast.
    cues
        (B, 6, H/4, W/4) classical focus measures on a logarithmic scale. Of pixels: energy of the steps
        between neighbours, variance in the cell, variance around it, energy of the steps around it. Of cells'
        means, for images in which nothing is sharp to the pixel: variance over 3 × 3 and over 5 × 5 cells.
    """

    colour: Tensor
    contrast: Tensor
    cues: Tensor


def to_cells(image: Tensor) -> Cells:
    """Cut (B, 3, H, W) blue-green-red images, 0 … 1, into cells and normalise their contrast locally.

    The box means are over cells, at 1/4 of the size: at full size they would cost more than the network.
    """
    colour = F.pixel_unshuffle(image, CELL_PX)
    blue, green, red = colour.chunk(3, dim=1)
    luma = LUMA[0] * blue + LUMA[1] * green + LUMA[2] * red
    each = luma.mean(dim=1, keepdim=True)
    mean = _box(each)
    square = _box((luma * luma).mean(dim=1, keepdim=True))
    spread = (square - mean * mean).clamp(min=0.0)
    steps = _step_energy(luma)
    energies = [
        steps,
        luma.var(dim=1, keepdim=True),
        spread,
        _box(steps),
        _variance(each, MEANS_WINDOW),
        _variance(each, CONTRAST_WINDOW),
    ]
    return Cells(
        colour=colour,
        contrast=(luma - mean) * torch.rsqrt(spread + CONTRAST_FLOOR**2),
        cues=torch.cat([_log(energy) for energy in energies], dim=1),
    )


def _variance(x: Tensor, window: int) -> Tensor:
    mean = _box(x, window)
    return (_box(x * x, window) - mean * mean).clamp(min=0.0)


def _step_energy(luma: Tensor) -> Tensor:
    """(B, 16, h, w) cells → (B, 1, h, w) mean square of the steps between neighbouring pixels of a cell."""
    grid = luma.unflatten(1, (CELL_PX, CELL_PX))
    down, across = torch.diff(grid, dim=1), torch.diff(grid, dim=2)
    return 0.5 * ((down * down).mean(dim=(1, 2)) + (across * across).mean(dim=(1, 2)))[:, None]


def _log(energy: Tensor) -> Tensor:
    """Logarithm of an energy, brought to about −1 … 1."""
    return (torch.log(energy.float() + NOISE_FLOOR**2) + 8.0) / 4.0


def _box(x: Tensor, window: int = CONTRAST_WINDOW) -> Tensor:
    return F.avg_pool2d(F.pad(x, (window // 2,) * 4, mode="replicate"), window, stride=1)


class Stem(nn.Module):
    """Parallel convolutions of several sizes, concatenated, then spatial and depth-wise convolution."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        branch = config.fine // len(STEM_KERNELS)
        # The widest sees no colours: a quarter of its work, and without them the error was no larger.
        widest = STEM_KERNELS[-1]
        self.branches = nn.ModuleList(
            nn.Conv2d((1 if size == widest else 4) * CELL_VALUES + CUES, branch, size, padding=size // 2)
            for size in STEM_KERNELS
        )
        self.sharpness = nn.Conv2d(CUES, 1, STEM_KERNELS[-1], padding=STEM_KERNELS[-1] // 2)
        nn.init.zeros_(self.sharpness.weight)
        self.coordinate = CoordinateEmbedding(config.fine) if config.coordinate else None
        self.spatial = nn.Conv2d(branch * len(STEM_KERNELS), config.fine, 3, padding=1)
        self.depthwise = nn.Conv2d(config.fine, config.fine, 5, padding=2, groups=config.fine)
        self.refine = residual_stack(config.fine, count=config.stem_blocks)
        self.down = Downsample(config.fine, config.mid)
        self.refine_mid = residual_stack(config.mid, count=1)

    def forward(self, cells: Cells, coordinate: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Cells and (B,) coordinates → features (B, fine, H/4, W/4), (B, mid, H/8, W/8), sharpness.

        The sharpness (B, 1, H/4, W/4) is a focus measure as classical ones are: linear in the cues.
        """
        cues = cells.cues.to(cells.colour.dtype)
        plain = _last(torch.cat([cells.contrast, cues], dim=1))
        whole = _last(torch.cat([cells.contrast, cells.colour - 0.5, cues], dim=1))
        *narrow, widest = self.branches
        x = torch.cat([*(branch(whole) for branch in narrow), widest(plain)], dim=1)
        if self.coordinate is not None:
            x = x + self.coordinate(coordinate[:, None])
        x = self.spatial(F.relu(x))
        fine = self.refine(x + self.depthwise(F.relu(x)))
        return fine, self.refine_mid(self.down(fine)), self.sharpness(_last(cues))


def _last(x: Tensor) -> Tensor:
    return x.contiguous(memory_format=torch.channels_last)
