"""The latent LSTM over slices, and the running poolings behind it."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from inference.network.config import NetworkConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class LatentState:
    """What the latent recurrence remembers; all (B, C, H/16, W/16) but `passive_count` (B, 1, …).

    Attributes
    ----------
    hidden, cell
        Of the LSTM.
    active_max
        Running maximum of the LSTM's outputs where tokens were activated; −1 where none was.
    passive_sum, passive_count
        Running sum and count of the tokens that were not activated.
    """

    hidden: Tensor
    cell: Tensor
    active_max: Tensor
    passive_sum: Tensor
    passive_count: Tensor


def initial_latent(like: Tensor) -> LatentState:
    """Return the state before the first slice, for tokens like `like` (B, C, H/16, W/16)."""
    zero = torch.zeros_like(like, dtype=torch.float32)
    return LatentState(
        hidden=zero, cell=zero, active_max=zero - 1.0, passive_sum=zero, passive_count=zero[:, :1]
    )


class LatentRecurrence(nn.Module):
    """One LSTM cell shared by all patch positions, gated by a learned rule.

    A token is activated where a learned score is positive: activated tokens go through the LSTM and a running
    maximum, the others into a running mean. The rule is a mask, not a gather, so shapes stay fixed. Its
    gradient is that of the sigmoid of the score (straight-through).
    """

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        width = config.tokens
        self.score = nn.Conv2d(width, 1, 1)
        with torch.no_grad():  # start with most tokens activated
            self.score.bias.fill_(1.0)  # type: ignore[union-attr]
        self.gates = nn.Conv2d(2 * width, 4 * width, 1) if config.recurrence else None

    def activation(self, tokens: Tensor) -> Tensor:
        """(B, C, h, w) → mask (B, 1, h, w), 1 where activated."""
        soft = torch.sigmoid(self.score(tokens).float())
        hard = (soft > 0.5).float()
        return hard + soft - soft.detach() if self.training else hard

    def forward(self, tokens: Tensor, state: LatentState) -> LatentState:
        """Take the tokens of one slice (B, C, H/16, W/16)."""
        active = self.activation(tokens)
        hidden, cell = self._cell(tokens, state)
        tokens = tokens.float()
        return LatentState(
            hidden=torch.lerp(state.hidden, hidden, active),
            cell=torch.lerp(state.cell, cell, active),
            active_max=torch.lerp(state.active_max, torch.maximum(state.active_max, hidden), active),
            passive_sum=state.passive_sum + (1.0 - active) * tokens,
            passive_count=state.passive_count + (1.0 - active),
        )

    def _cell(self, tokens: Tensor, state: LatentState) -> tuple[Tensor, Tensor]:
        if self.gates is None:
            return torch.tanh(tokens.float()), state.cell
        gates = self.gates(torch.cat([tokens, state.hidden.to(tokens.dtype)], dim=1)).float()
        enter, forget, leave, value = gates.chunk(4, dim=1)
        cell = torch.sigmoid(forget + 1.0) * state.cell + torch.sigmoid(enter) * torch.tanh(value)
        return torch.sigmoid(leave) * torch.tanh(cell), cell


def pooled(state: LatentState) -> Tensor:
    """(B, 3C, H/16, W/16): the LSTM's output, the running maximum and the running mean."""
    mean = state.passive_sum / state.passive_count.clamp(min=1.0)
    return torch.cat([state.hidden, state.active_max, mean], dim=1)
