"""Running soft attention over slices: exact, of fixed size, and safe from overflow."""

from dataclasses import dataclass

import torch
from torch import Tensor

NEVER = -1e4
"""Logit of 'no slice yet': its weight is 0 beside any real one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttentionState:
    """Σ w v and Σ w over the slices so far, with w = exp(logit − peak).

    Attributes
    ----------
    peak, weight
        (B, G, h, w) greatest logit so far, and Σ w.
    total
        (B, C, h, w) Σ w v; C/G neighbouring channels share the weights of one group.
    """

    peak: Tensor
    weight: Tensor
    total: Tensor

    def mean(self) -> Tensor:
        """(B, C, h, w) weighted mean of the values so far."""
        groups, channels = self.weight.shape[1], self.total.shape[1]
        weight = self.weight.clamp(min=1e-12)
        return self.total / weight.repeat_interleave(channels // groups, dim=1)


def initial_attention(like: Tensor, *, groups: int, channels: int) -> AttentionState:
    """Return the state before the first slice, of the size and device of `like` (B, ·, h, w)."""
    batch, _, height, width = like.shape
    zero = torch.zeros(batch, groups, height, width, device=like.device)
    total = torch.zeros(batch, channels, height, width, device=like.device)
    return AttentionState(peak=zero + NEVER, weight=zero, total=total)


def attend(state: AttentionState, *, logit: Tensor, value: Tensor) -> AttentionState:
    """Add one slice: logits (B, G, h, w) and values (B, C, h, w).

    The sums are kept relative to the greatest logit so far (log-sum-exp form), so they neither overflow nor
    forget, however many slices come.
    """
    logit, value = logit.float(), value.float()
    per_group = value.shape[1] // logit.shape[1]
    peak = torch.maximum(state.peak, logit)
    keep, add = torch.exp(state.peak - peak), torch.exp(logit - peak)
    return AttentionState(
        peak=peak,
        weight=state.weight * keep + add,
        total=state.total * keep.repeat_interleave(per_group, dim=1)
        + value * add.repeat_interleave(per_group, dim=1),
    )


def attend_all(*, logit: Tensor, value: Tensor) -> AttentionState:
    """Return the state after a whole stack: logits (B, S, G, h, w) and values (B, S, C, h, w).

    What `attend` gives slice by slice, in one step.
    """
    logit, value = logit.float(), value.float()
    peak = logit.amax(dim=1)
    weights = torch.exp(logit - peak[:, None])
    shared = weights.repeat_interleave(value.shape[2] // logit.shape[2], dim=2)
    return AttentionState(peak=peak, weight=weights.sum(dim=1), total=(shared * value).sum(dim=1))
