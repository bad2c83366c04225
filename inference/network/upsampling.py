"""Cells become pixels by weights that the network chooses: edges stay where the image has them."""

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from inference.network.config import CELL_PX

CORNERS = 4
"""Cells that a pixel is mixed from: its own and the three that are nearest to it."""
LEAST_SHARE = 0.01
"""Added to the bilinear weights before their logarithm, so that every corner can be learned."""


def mix_corners(cells: Tensor, logits: Tensor) -> Tensor:
    """Make every pixel a weighted mean of the four cells nearest to it (after RAFT, Teed and Deng 2020).

    Bilinear interpolation blurs a depth edge over a cell; a choice between the cells on both sides of it
    does not, and never leaves their range. RAFT chooses among nine; the five that are further away were worth
    two to three per cent of the error before the others had learned to do without them.

    Parameters
    ----------
    cells
        (B, 1, h, w) float32.
    logits
        (B, 4 · 16, h, w) of the weights, relative to those of bilinear interpolation: 16 pixels of a cell,
        row by row, for every corner, row by row.

    Returns
    -------
    pixels
        (B, 16, h, w) float32, those of a cell row by row.
    """
    height, width = cells.shape[-2:]
    padded = F.pad(cells, (1, 1, 1, 1), mode="replicate")
    rows = [padded[:, :, row : row + height] for row in range(3)]
    around = torch.cat([row[..., column : column + width] for row in rows for column in range(3)], dim=1)
    corners = around.index_select(1, corner_cells().to(cells.device).flatten())
    corners = corners.unflatten(1, (CORNERS, CELL_PX * CELL_PX))
    logits = logits.float().unflatten(1, (CORNERS, CELL_PX * CELL_PX))
    logits = logits + bilinear_logits().to(logits.device)[:, :, None, None]
    # As a softmax over an axis that is not the last it took ONNX Runtime a quarter of its time for a slice.
    shares = torch.exp(logits - logits.detach().amax(dim=1, keepdim=True))
    return (shares * corners).sum(dim=1) / shares.sum(dim=1)


def corner_cells() -> Tensor:
    """(4, 16) which of the nine cells around a cell (row by row) are the corners of its pixels."""
    # Pixels of the first half lie between the cell before and this one, the others between this and the next.
    first = torch.arange(CELL_PX) // (CELL_PX // 2)
    along = torch.stack([first, first + 1])
    return (3 * along[:, None, :, None] + along[None, :, None, :]).reshape(CORNERS, CELL_PX * CELL_PX)


def bilinear_logits() -> Tensor:
    """(4, 16) logarithms of the weights of bilinear interpolation."""
    offset = (torch.arange(CELL_PX) + 0.5) / CELL_PX - 0.5
    later = torch.where(offset < 0.0, 1.0 + offset, offset)
    along = torch.stack([1.0 - later, later])
    both = along[:, None, :, None] * along[None, :, None, :]
    return torch.log(both.reshape(CORNERS, CELL_PX * CELL_PX) + LEAST_SHARE)
