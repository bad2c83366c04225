"""The CNN decoder: from the latent and the fused features to the full resolution."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from inference.network.blocks import CoordinateEmbedding, residual_stack
from inference.network.config import CELL_PX, NetworkConfig
from inference.network.fine import FineState, all_in_focus_cells, coarse_focus
from inference.network.recurrence import LatentState, pooled
from inference.network.stem import CELL_VALUES, to_cells
from inference.network.upsampling import NEIGHBOURS, mix_neighbours

SWEEP_SCALARS = 4
"""Slices seen (log), lowest, highest and latest coordinate."""
LOG_SCALE_RANGE = (-7.0, 1.0)
"""Natural logarithm of the Laplace scale, in units of the sweep range."""


class Decoder(nn.Module):
    """Refines the coarse focus estimate of the running attention, and says how sure it is."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.fine_fusion = config.fusion == "fine"
        self.sweep = CoordinateEmbedding(config.mid, scalars=SWEEP_SCALARS)
        self.latent = nn.Conv2d(3 * config.tokens, config.tokens, 1)
        self.refine_latent = residual_stack(config.tokens, count=1)
        self.latent_to_mid = nn.Conv2d(config.tokens, config.mid, 1)
        self.refine_mid = residual_stack(config.mid, count=2)
        self.mid_to_fine = nn.Conv2d(config.mid, config.fine, 1)
        # focus mean, spread and peak logit, contrast-normalised all-in-focus cells, fused features
        skip = 3 + CELL_VALUES + config.fine if self.fine_fusion else 0
        self.merge = nn.Conv2d(skip + config.fine, config.fine, 3, padding=1)
        self.refine_fine = residual_stack(config.fine, count=3)
        # Zero at first: a head that starts as noise is silenced by the loss, and its features die with it.
        self.head = nn.Conv2d(config.fine, 2 * CELL_VALUES, 3, padding=1)
        self.mixing = nn.Conv2d(config.fine, 1 + NEIGHBOURS * CELL_VALUES, 1)
        for layer in (self.head, self.mixing):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]

    def forward(self, latent: LatentState, fine: FineState, sweep: Tensor) -> tuple[Tensor, Tensor]:
        """State and (B, 4) sweep scalars → coordinate and log-scale, (B, 1, H, W) each."""
        dtype = self.latent.weight.dtype
        x = self.refine_latent(self.latent(pooled(latent).to(dtype)))
        x = F.interpolate(self.latent_to_mid(x), scale_factor=2.0, mode="nearest")
        if self.fine_fusion:
            x = x + fine.mid.mean()
        x = self.refine_mid(x + self.sweep(sweep))
        x = F.interpolate(self.mid_to_fine(x), scale_factor=2.0, mode="nearest")
        coarse = torch.full_like(x[:, :1], 0.5, dtype=torch.float32)
        if self.fine_fusion:
            coarse, skip = self._skip(fine)
            x = torch.cat([skip.to(x.dtype), x], dim=1)
        x = self.refine_fine(self.merge(x))
        residual, log_scale = F.pixel_shuffle(self.head(x).float(), CELL_PX).chunk(2, dim=1)
        correction, logits = self.mixing(F.relu(x)).float().split([1, NEIGHBOURS * CELL_VALUES], dim=1)
        full = mix_neighbours(coarse + correction, logits)
        low, high = LOG_SCALE_RANGE
        return full + residual, low + (high - low) * torch.sigmoid(log_scale - 0.5)

    def _skip(self, state: FineState) -> tuple[Tensor, Tensor]:
        mean, spread = coarse_focus(state)
        sharp = to_cells(F.pixel_shuffle(all_in_focus_cells(state), CELL_PX)).contrast
        peak = (state.focus.peak / 8.0).clamp(-2.0, 8.0)
        return mean, torch.cat([mean, spread, peak, sharp, state.fine.mean()], dim=1)
