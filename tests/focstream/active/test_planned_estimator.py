"""The planner hears of every slice, whatever its estimator gives back for it."""

from focstream.active.mailbox import FocusMailbox
from focstream.active.planned_estimator import planned
from focstream.active.wish import FocusWish
from focstream.protocols import FocusPlanner
from inference.policies import RefineEstimator
from tests.inference.memory_model import MemoryModel
from tests.slices import make_slice


class Counting(FocusPlanner):
    """Wishes for the same, and knows of which slices it was asked."""

    first = (0.0, 0.5)

    def __init__(self) -> None:
        self.seen: list[int] = []
        self.unseen: list[int] = []

    def plan(self, update):
        self.seen.append(update.tag.exposure_mid_ns)
        return FocusWish(coordinate=0.5)

    def plan_unseen(self, tag):
        self.unseen.append(tag.exposure_mid_ns)
        return FocusWish(coordinate=0.5)


def test_a_slice_that_returns_the_map_of_the_sweep_before_is_answered_too():
    """Where nobody ended that sweep, its map comes with the first slice of the next one."""
    planner = Counting()
    mailbox = FocusMailbox(planner)
    estimator = planned(RefineEstimator(MemoryModel()), mailbox)
    for stamp_ns, (sweep_id, slot) in enumerate([(0, 0), (0, 1), (1, 0), (1, 1)]):
        estimator.push(make_slice(slot, sweep_id=sweep_id, exposure_mid_ns=stamp_ns))
        assert mailbox.after(stamp_ns, 0.0) is not None
    assert (planner.seen, planner.unseen) == ([0, 1, 1, 3], [2])
