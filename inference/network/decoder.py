"""The CNN decoder: from the latent and the fused features to the full resolution."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from inference.network.blocks import CoordinateEmbedding, residual_stack
from inference.network.config import CELL_PX, PATCH_PX, NetworkConfig
from inference.network.encoder import Layer
from inference.network.fine import FineState, all_in_focus_cells, focus_curve
from inference.network.recurrence import LatentState, pooled
from inference.network.stem import CELL_VALUES, to_cells
from inference.network.upsampling import CORNERS, mix_corners

FOCUS_SCALARS = 10
"""See `focus_scalars`."""
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
        self.completion = Completion(config)
        self.latent_to_mid = nn.Conv2d(config.tokens, config.mid, 1)
        self.refine_mid = residual_stack(config.mid, count=1)
        self.mid_to_fine = nn.Conv2d(config.mid, config.fine, 1)
        # focus, contrast-normalised all-in-focus cells, fused features
        skip = FOCUS_SCALARS + CELL_VALUES + config.fine if self.fine_fusion else 0
        self.merge = nn.Conv2d(skip + config.fine, config.fine, 3, padding=1)
        self.refine_fine = residual_stack(config.fine, count=config.decoder_blocks)
        # Zero at first: a head that starts as noise is silenced by the loss, and its features die with it.
        self.head = nn.Conv2d(config.fine, 2 * CELL_VALUES, 3, padding=1)
        self.mixing = nn.Conv2d(config.fine, 1 + CORNERS * CELL_VALUES, 1)
        for layer in (self.head, self.mixing):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]

    def forward(
        self, latent: LatentState, fine: FineState, sweep: Tensor, limits: Tensor
    ) -> tuple[Tensor, Tensor]:
        """State, (B, 4) sweep scalars and (B, 2) limits → coordinate and log-scale, (B, 1, H, W) each."""
        dtype = self.latent.weight.dtype
        x = self.latent(pooled(latent).to(dtype))
        focus, mid = (focus_scalars(fine, sweep), fine.mid.mean()) if self.fine_fusion else (None, None)
        x = self.completion(x, mid=mid, focus=focus)
        x = F.interpolate(self.latent_to_mid(x), scale_factor=2.0, mode="nearest")
        if mid is not None:
            x = x + mid
        x = self.refine_mid(x + self.sweep(sweep))
        x = F.interpolate(self.mid_to_fine(x), scale_factor=2.0, mode="nearest")
        coarse = torch.full_like(x[:, :1], 0.5, dtype=torch.float32)
        if focus is not None:
            coarse = focus[:, :1]
            x = torch.cat([focus.to(x.dtype), _skip(fine).to(x.dtype), x], dim=1)
        x = self.refine_fine(self.merge(x))
        residual, log_scale = self.head(x).float().chunk(2, dim=1)
        correction, logits = self.mixing(F.relu(x)).float().split([1, CORNERS * CELL_VALUES], dim=1)
        low, high = LOG_SCALE_RANGE
        coordinate = keep_within(mix_corners(coarse + correction, logits) + residual, limits)
        return (
            F.pixel_shuffle(coordinate, CELL_PX),
            F.pixel_shuffle(low + (high - low) * torch.sigmoid(log_scale - 0.5), CELL_PX),
        )


def keep_within(coordinate: Tensor, limits: Tensor) -> Tensor:
    """Keep a map within (B, 2) `limits`.

    In training the gradient passes: a pixel that is beyond would else never learn to come back.
    """
    low, high = limits[:, 0, None, None, None], limits[:, 1, None, None, None]
    kept = torch.minimum(torch.maximum(coordinate, low), high)
    return coordinate + (kept - coordinate).detach() if coordinate.requires_grad else kept


class Completion(nn.Module):
    """Lets patches of the fused slices look at each other: depth where nothing was sharp is that of others.

    The Transformer of the encoder sees slices one at a time, when the depth is not known yet.
    """

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        fused = config.fusion == "fine"
        self.mid = nn.Conv2d(config.mid, config.tokens, 2, stride=2) if fused else None
        size = PATCH_PX // CELL_PX
        self.focus = nn.Conv2d(FOCUS_SCALARS, config.tokens, size, stride=size) if fused else None
        self.layers = nn.ModuleList(Layer(config) for _ in range(config.completion if config.layers else 0))

    def forward(self, x: Tensor, *, mid: Tensor | None, focus: Tensor | None) -> Tensor:
        """(B, tokens, H/16, W/16), (B, mid, H/8, W/8) and (B, 10, H/4, W/4) → (B, tokens, H/16, W/16)."""
        if self.mid is not None and self.focus is not None:
            assert mid is not None
            assert focus is not None
            x = x + self.mid(mid.to(x.dtype)) + self.focus(focus.to(x.dtype))
        if not self.layers:
            return x
        size = (x.shape[2], x.shape[3])
        tokens = x.flatten(2).transpose(1, 2)
        for layer in self.layers:
            tokens = layer(tokens, size)
        return tokens.transpose(1, 2).unflatten(2, size)


def focus_scalars(state: FineState, sweep: Tensor) -> Tensor:
    """(B, 10, H/4, W/4) float32: what the focus curve is like, and how it lies in the sweep.

    Vertex, spread, greatest logit, bend, residual, level, vertex less sharpest slice, number of slices that
    count (log), vertex above the lowest coordinate so far, and below the highest; all about −1 … 1.
    """
    curve = focus_curve(state)
    low, high = sweep[:, 1, None, None, None], sweep[:, 2, None, None, None]
    return torch.cat(
        [
            curve.vertex,
            curve.spread,
            (state.focus.peak / 8.0).clamp(-2.0, 8.0),
            (curve.bend / 4.0).clamp(-2.0, 2.0),
            (curve.residual / 2.0).clamp(max=4.0),
            (curve.level / 2.0).clamp(min=-4.0),
            curve.aside * 4.0,
            torch.log(state.focus.weight.clamp(min=1.0)) / 2.0,
            (curve.vertex - low).clamp(-1.0, 1.0),
            (high - curve.vertex).clamp(-1.0, 1.0),
        ],
        dim=1,
    )


def _skip(state: FineState) -> Tensor:
    sharp = to_cells(F.pixel_shuffle(all_in_focus_cells(state), CELL_PX)).contrast
    return torch.cat([sharp, state.fine.mean()], dim=1)
