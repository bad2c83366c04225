"""From cells to pixels, by weights that the network chooses: edges stay where the image has them."""

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from inference.network.config import CELL_PX

NEIGHBOURS = 9
"""A cell and the cells around it."""
LEAST_SHARE = 0.01
"""Added to the bilinear weights before their logarithm, so that every neighbour can be learned."""


def mix_neighbours(cells: Tensor, logits: Tensor) -> Tensor:
    """Make every pixel a weighted mean of the nine cells around it (as in RAFT, Teed and Deng 2020).

    Bilinear interpolation blurs a depth edge over a cell; a choice between the cells on both sides of it
    does not, and never leaves their range.

    Parameters
    ----------
    cells
        (B, 1, h, w) float32.
    logits
        (B, 9 · 16, h, w) of the weights, relative to those of bilinear interpolation: 16 pixels of a cell,
        row by row, for every neighbour, row by row.

    Returns
    -------
    pixels
        (B, 1, 4 h, 4 w) float32.
    """
    height, width = cells.shape[-2:]
    padded = F.pad(cells, (1, 1, 1, 1), mode="replicate")
    rows = [padded[:, :, row : row + height] for row in range(3)]
    around = torch.cat([row[..., column : column + width] for row in rows for column in range(3)], dim=1)
    logits = logits.float().unflatten(1, (NEIGHBOURS, CELL_PX * CELL_PX))
    logits = logits + bilinear_logits().to(logits.device)[:, :, None, None]
    # As a softmax over an axis that is not the last it took ONNX Runtime a quarter of its time for a slice.
    shares = torch.exp(logits - logits.detach().amax(dim=1, keepdim=True))
    mixed = (shares * around[:, :, None]).sum(dim=1) / shares.sum(dim=1)
    return F.pixel_shuffle(mixed, CELL_PX)


def bilinear_logits() -> Tensor:
    """(9, 16) logarithms of the weights of bilinear interpolation."""
    offset = (torch.arange(CELL_PX) + 0.5) / CELL_PX - 0.5
    along = torch.stack([F.relu(-offset), 1.0 - offset.abs(), F.relu(offset)])
    both = along[:, None, :, None] * along[None, :, None, :]
    return torch.log(both.reshape(NEIGHBOURS, CELL_PX * CELL_PX) + LEAST_SHARE)
