"""Running fusion of the fine features: edges survive without keeping the stack."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from inference.network.blocks import residual_stack
from inference.network.config import NetworkConfig
from inference.network.fusion import AttentionState, attend, initial_attention
from inference.network.stem import CELL_VALUES

LOGIT_GAIN = 4.0
"""Lets the focus attention become sharp early in training."""
MOMENTS = 2
"""Focus moments kept per cell: Σ w s and Σ w s²."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FineState:
    """What is remembered at 1/4 and 1/8.

    Attributes
    ----------
    focus
        Running attention (one group) over (s, s², the 48 colour values of the cell) at 1/4: how sharp each
        slice was here. Its moments are the coarse depth, its colours the all-in-focus image.
    fine, mid
        Running attentions over features at 1/4 and 1/8.
    previous
        (B, fine, H/4, W/4) features of the slice before; zero before the first.
    """

    focus: AttentionState
    fine: AttentionState
    mid: AttentionState
    previous: Tensor


def initial_fine(config: NetworkConfig, *, fine: Tensor, mid: Tensor) -> FineState:
    """Return the state before the first slice, for features like `fine` and `mid`."""
    return FineState(
        focus=initial_attention(fine, groups=1, channels=MOMENTS + 3 * CELL_VALUES),
        fine=initial_attention(fine, groups=config.groups, channels=config.fine),
        mid=initial_attention(mid, groups=config.groups, channels=config.mid),
        previous=torch.zeros_like(fine, dtype=torch.float32),
    )


class FineFusion(nn.Module):
    """Weighs the features of a slice against those before it."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.merge = nn.Conv2d(2 * config.fine, config.fine, 1)
        self.feedback = nn.Conv2d(config.tokens, config.mid, 1)
        self.to_fine = nn.Conv2d(config.mid, config.fine, 1)
        self.refine_fine = residual_stack(config.fine, count=1)
        self.focus_logit = nn.Conv2d(config.fine, 1, 3, padding=1)
        self.fine_logit = nn.Conv2d(config.fine, config.groups, 1)
        self.fine_value = nn.Conv2d(config.fine, config.fine, 1)
        self.mid_logit = nn.Conv2d(config.mid, config.groups, 1)
        self.mid_value = nn.Conv2d(config.mid, config.mid, 1)

    def forward(
        self,
        state: FineState,
        *,
        fine: Tensor,
        mid: Tensor,
        colour: Tensor,
        coordinate: Tensor,
        hidden: Tensor,
    ) -> FineState:
        """Take the features of one slice, its cells' colours, its coordinate (B,) and the LSTM's output."""
        mid = mid + F.interpolate(self.feedback(hidden), scale_factor=2.0, mode="nearest")
        previous = state.previous.to(fine.dtype)
        merged = self.merge(torch.cat([fine, fine - previous], dim=1))
        merged = merged + F.interpolate(self.to_fine(mid), scale_factor=2.0, mode="nearest")
        merged = self.refine_fine(merged)
        s = coordinate[:, None, None, None].float().expand(-1, 1, *colour.shape[-2:])
        return FineState(
            focus=attend(
                state.focus,
                logit=LOGIT_GAIN * self.focus_logit(F.relu(merged)),
                value=torch.cat([s, s * s, colour.float()], dim=1),
            ),
            fine=attend(state.fine, logit=self.fine_logit(merged), value=self.fine_value(merged)),
            mid=attend(state.mid, logit=self.mid_logit(mid), value=self.mid_value(mid)),
            previous=fine.float(),
        )


def coarse_focus(state: FineState) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation (B, 1, H/4, W/4) of the sweep coordinate under the focus attention."""
    moments = state.focus.mean()[:, :MOMENTS]
    mean, square = moments.chunk(2, dim=1)
    return mean, (square - mean * mean).clamp(min=1e-8).sqrt()


def all_in_focus_cells(state: FineState) -> Tensor:
    """(B, 48, H/4, W/4) colours under the focus attention."""
    return state.focus.mean()[:, MOMENTS:]
