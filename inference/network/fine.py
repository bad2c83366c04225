"""Running fusion of the fine features: edges survive without keeping the stack."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from inference.network.blocks import residual_stack
from inference.network.config import FOCUS_MOMENTS, NetworkConfig
from inference.network.fusion import AttentionState, attend, attend_all, initial_attention
from inference.network.stem import CELL_VALUES

LOGIT_GAIN = 4.0
"""Lets the focus attention become sharp early in training."""
MOST_SHIFT = 0.75
"""Largest distance of the focus curve's vertex from the mean, in standard deviations."""
SHARPEST_SLICE = 1e-2
"""Standard deviation, in sweep ranges, below which slices count as one."""
LEAST_RESIDUAL = 0.1
"""Its square is added to the residual's: near zero a root would make much of what engines round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FineState:
    """What is remembered at 1/4 and 1/8.

    Attributes
    ----------
    focus
        Running attention (one group) over the moments and the 48 colour values of the cell at 1/4: how sharp
        each slice was here. Its moments give the coarse depth, its colours the all-in-focus image.
    centre
        (B, 1, H/4, W/4) coordinate of the slice with the greatest focus logit, which the moments are about:
        about any other point they would lose their small differences in float32.
    fine, mid
        Running attentions over features at 1/4 and 1/8.
    previous
        (B, fine, H/4, W/4) features of the slice before; zero before the first.
    """

    focus: AttentionState
    centre: Tensor
    fine: AttentionState
    mid: AttentionState
    previous: Tensor


def initial_fine(config: NetworkConfig, *, fine: Tensor, mid: Tensor) -> FineState:
    """Return the state before the first slice, for features like `fine` and `mid`."""
    return FineState(
        focus=initial_attention(fine, groups=1, channels=FOCUS_MOMENTS + 3 * CELL_VALUES),
        centre=torch.zeros_like(fine[:, :1], dtype=torch.float32),
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
        self.focus_logit = nn.Conv2d(config.fine, 1, 3, padding=1)  # beside the sharpness by the stem
        self.fine_logit = nn.Conv2d(config.fine, config.groups, 1)
        self.fine_value = nn.Conv2d(config.fine, config.fine, 1)
        self.mid_logit = nn.Conv2d(config.mid, config.groups, 1)
        self.mid_value = nn.Conv2d(config.mid, config.mid, 1)

    def look(
        self, *, fine: Tensor, mid: Tensor, sharpness: Tensor, previous: Tensor, hidden: Tensor
    ) -> "Looks":
        """Rate one slice (or many, as a batch) by its features, the slice before, and the LSTM's output."""
        mid = mid + F.interpolate(self.feedback(hidden), scale_factor=2.0, mode="nearest")
        merged = self.merge(torch.cat([fine, fine - previous], dim=1))
        merged = merged + F.interpolate(self.to_fine(mid), scale_factor=2.0, mode="nearest")
        merged = self.refine_fine(merged)
        return Looks(
            focus_logit=LOGIT_GAIN * (self.focus_logit(F.relu(merged)).float() + sharpness.float()),
            fine_logit=self.fine_logit(merged),
            fine_value=self.fine_value(merged),
            mid_logit=self.mid_logit(mid),
            mid_value=self.mid_value(mid),
        )

    def forward(
        self,
        state: FineState,
        *,
        fine: Tensor,
        mid: Tensor,
        sharpness: Tensor,
        colour: Tensor,
        coordinate: Tensor,
        hidden: Tensor,
    ) -> FineState:
        """Take the features of one slice, its cells' colours, its coordinate (B,) and the LSTM's output."""
        looks = self.look(
            fine=fine,
            mid=mid,
            sharpness=sharpness,
            previous=state.previous.to(fine.dtype),
            hidden=hidden,
        )
        focus, centre = attend_focus(
            state.focus, state.centre, logit=looks.focus_logit, coordinate=coordinate, colour=colour
        )
        return FineState(
            focus=focus,
            centre=centre,
            fine=attend(state.fine, logit=looks.fine_logit, value=looks.fine_value),
            mid=attend(state.mid, logit=looks.mid_logit, value=looks.mid_value),
            previous=fine.float(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """What the running attentions get of a slice: logits (B, 1 or groups, h, w), values (B, C, h, w)."""

    focus_logit: Tensor
    fine_logit: Tensor
    fine_value: Tensor
    mid_logit: Tensor
    mid_value: Tensor


def fuse_all(looks: Looks, *, colour: Tensor, coordinate: Tensor, last: Tensor) -> FineState:
    """Return the state after a whole stack; all (B, S, …), and `last` the features of its last slice."""
    focus, centre = attend_focus_all(logit=looks.focus_logit, coordinate=coordinate, colour=colour)
    return FineState(
        focus=focus,
        centre=centre,
        fine=attend_all(logit=looks.fine_logit, value=looks.fine_value),
        mid=attend_all(logit=looks.mid_logit, value=looks.mid_value),
        previous=last.float(),
    )


def attend_focus(
    focus: AttentionState, centre: Tensor, *, logit: Tensor, coordinate: Tensor, colour: Tensor
) -> tuple[AttentionState, Tensor]:
    """Add one slice to the focus attention; return it, and the centre that its moments are about now.

    The `FOCUS_MOMENTS` are sums of t, t², t³, t⁴, l, l t, l t² and l², with t = s − centre, l = logit − peak.
    """
    s = coordinate[:, None, None, None].float().expand_as(logit)
    moved = torch.where(logit > focus.peak, s, centre)
    focus = _about(focus, shift=centre - moved, drop=-F.relu(logit - focus.peak))
    moments = _moments(s - moved, -F.relu(focus.peak - logit))
    return attend(focus, logit=logit, value=torch.cat([*moments, colour.float()], dim=1)), moved


def attend_focus_all(*, logit: Tensor, coordinate: Tensor, colour: Tensor) -> tuple[AttentionState, Tensor]:
    """Do what `attend_focus` does, for whole stacks.

    Logits (B, S, 1, h, w), coordinates (B, S), colours (B, S, 48, h, w).
    """
    s = coordinate[:, :, None, None, None].float().expand_as(logit)
    peak, sharpest = logit.max(dim=1, keepdim=True)
    centre = torch.gather(s, 1, sharpest)
    attention = attend_all(
        logit=logit, value=torch.cat([*_moments(s - centre, logit - peak), colour.float()], dim=2)
    )
    return attention, centre[:, 0]


def _moments(t: Tensor, below: Tensor) -> list[Tensor]:
    return [t, t * t, t * t * t, t * t * t * t, below, below * t, below * t * t, below * below]


def _about(focus: AttentionState, *, shift: Tensor, drop: Tensor) -> AttentionState:
    """Expand the sums of powers of t and l to those of t + shift and l + drop."""
    w, d, e = focus.weight, shift, drop
    t1, t2, t3, t4, l0, l1, l2, square = focus.total[:, :FOCUS_MOMENTS].chunk(FOCUS_MOMENTS, dim=1)
    moments = [
        t1 + d * w,
        t2 + d * (2.0 * t1 + d * w),
        t3 + d * (3.0 * t2 + d * (3.0 * t1 + d * w)),
        t4 + d * (4.0 * t3 + d * (6.0 * t2 + d * (4.0 * t1 + d * w))),
        l0 + e * w,
        l1 + d * l0 + e * (t1 + d * w),
        l2 + d * (2.0 * l1 + d * l0) + e * (t2 + d * (2.0 * t1 + d * w)),
        square + e * (2.0 * l0 + e * w),
    ]
    total = torch.cat([*moments, focus.total[:, FOCUS_MOMENTS:]], dim=1)
    return AttentionState(peak=focus.peak, weight=w, total=total)


@dataclass(frozen=True, slots=True, kw_only=True)
class FocusCurve:
    """The parabola through the focus logits of every cell; all (B, 1, H/4, W/4) float32.

    Attributes
    ----------
    vertex
        Sweep coordinate where it is highest: the coarse depth.
    spread
        Standard deviation of the coordinate under the attention.
    bend
        How sharply it falls on both sides, in logits for one spread.
    residual
        Standard deviation of the logits from it.
    level
        Mean of the logits under the attention, less the greatest.
    aside
        Vertex less the coordinate of the sharpest slice.
    """

    vertex: Tensor
    spread: Tensor
    bend: Tensor
    residual: Tensor
    level: Tensor
    aside: Tensor


def focus_curve(state: FineState) -> FocusCurve:
    """Fit the parabola to the logits over the coordinate, with the attention as weights.

    The mean under the attention leans to where slices are dense, and away from the ends of the sweep; the
    vertex does not depend on where the slices happen to lie.
    """
    t1, t2, t3, t4, l0, l1, l2, square = state.focus.mean()[:, :FOCUS_MOMENTS].chunk(FOCUS_MOMENTS, dim=1)
    variance = (t2 - t1 * t1).clamp(min=SHARPEST_SLICE**2)
    sd = variance.sqrt()
    third = t3 - 3.0 * t1 * t2 + 2.0 * t1**3
    fourth = t4 - 4.0 * t1 * t3 + 6.0 * t1 * t1 * t2 - 3.0 * t1**4
    # Relative to the mean and the standard deviation: normal equations of the parabola, and their solution.
    skew, excess = third / sd**3, (fourth / variance**2 - 1.0).clamp(min=0.0)
    slope = (l1 - l0 * t1) / sd
    bend = (l2 - 2.0 * t1 * l1 + t1 * t1 * l0 - l0 * (t2 - t1 * t1)) / variance
    scale = 1.0 / ((excess - skew * skew).clamp(min=0.0) + 0.05)
    linear = (slope * excess - bend * skew) * scale
    quadratic = (bend - skew * slope) * scale
    vertex = linear / (2.0 * (-quadratic).clamp(min=0.15))
    aside = t1 + sd * MOST_SHIFT * torch.tanh(vertex / MOST_SHIFT)
    unexplained = square - l0 * l0 - linear * slope - quadratic * bend
    return FocusCurve(
        vertex=state.centre + aside,
        spread=sd,
        bend=-quadratic,
        residual=torch.sqrt(unexplained.clamp(min=0.0) + LEAST_RESIDUAL**2),
        level=l0,
        aside=aside,
    )


def all_in_focus_cells(state: FineState) -> Tensor:
    """(B, 48, H/4, W/4) colours under the focus attention."""
    return state.focus.mean()[:, FOCUS_MOMENTS:]
