"""How batches are drawn from rendered stacks."""

from dataclasses import dataclass

from focstream.program.numbers import Count, Positive, Share, SliceCount
from training.data.world.faults import Faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling(Faults):
    """How stacks are drawn, and with the attributes of `Faults` made worse; shares are probabilities.

    Attributes
    ----------
    batch
        Stacks in a batch when each has `usual` slices of the smallest size there is; more when they have
        fewer, fewer when they are larger, and so on, so that every batch costs about the same.
    slices_low, usual, slices_high, many
        Slices that are kept of a stack: `slices_low` to `usual`, and in the share `many` of the batches more,
        up to `slices_high` where there are stacks of so many.
    shuffled
        Slices in random order.
    interlaced
        Of those that are not: every other slice, then the ones between, in the same direction or back. So a
        map rests on two sweeps.
    gapped, doubled
        Of the slices that are kept, none from a part of the sweep; some of them twice.
    full_gain_px
        Stacks with less blur than this are drawn less often, as its square: noise soon hides what little they
        show, and the loss would be theirs.
    """

    batch: Count = 8
    slices_low: SliceCount = 2
    usual: SliceCount = 8
    slices_high: SliceCount = 40
    many: Share = 0.2
    shuffled: Share = 0.2
    interlaced: Share = 0.1
    gapped: Share = 0.08
    doubled: Share = 0.05
    full_gain_px: Positive = 12.0
