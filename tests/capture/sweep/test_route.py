"""Which slots an active sweep visits, and what it does when the planner or the lens does not play along."""

import logging
from itertools import pairwise

import pytest

from capture.acquisition import LEAVE_S
from capture.sweep.plan import SweepPlan
from capture.sweep.route import ActiveRoute
from focstream.active.mailbox import FocusMailbox
from focstream.active.wish import ENOUGH, FocusWish
from focstream.protocols import FocusPlanner
from tests.slices import make_slice
from tests.updates import make_update

PLAN = SweepPlan(
    far_dpt=1.0,
    near_dpt=3.0,
    slots=6,
    waveform="active",
    rate_hz=60.0,
    overscan_dpt=0.0,
    slices_s=60.0,
    slots_least=3,
)


class Scripted(FocusPlanner):
    """Wishes for what it is given; raises when nothing is left."""

    first = (0.1, 0.9)

    def __init__(self, *wishes: FocusWish | float) -> None:
        self._wishes = [FocusWish(coordinate=w) if isinstance(w, float) else w for w in wishes]

    def plan(self, update):
        return self._wishes.pop(0)


def visited(route, mailbox, *, slices):
    """Take slices as a sweep does, each map being ready when the next slice is; return the stops."""
    stops = []
    for k in range(slices):
        assert route.is_decided()
        stops.append(route.here)
        route.step(k)
        mailbox.note(make_update(tag=make_slice(exposure_mid_ns=k).tag))
    return stops


def coordinates(stops):
    return [round((stop.focus_dpt - 1.0) / 2.0, 6) for stop in stops]


def test_the_lens_goes_where_the_planner_wishes_a_slice_later():
    mailbox = FocusMailbox(Scripted(0.5, 0.3, 0.7, 0.2, 0.6, 0.5))
    stops = visited(ActiveRoute(PLAN, wishes=mailbox), mailbox, slices=6)
    # The wish that follows from slice k is for slice k + 2: slice k + 1 is on its way by then.
    assert coordinates(stops) == [0.1, 0.9, 0.5, 0.3, 0.7, 0.2]
    assert [stop.active for stop in stops] == ["more"] * 5 + ["limit"]
    assert [stop.is_last for stop in stops] == [False] * 5 + [True]
    assert [stop.number for stop in stops] == [0, 1, 2, 3, 4, 5]
    assert [stop.slot for stop in stops] == [0, 4, 2, 2, 4, 1]
    assert {stop.slots for stop in stops} == {None}


def test_a_sweep_ends_when_enough_is_known_and_the_next_begins():
    mailbox = FocusMailbox(Scripted(0.5, 0.3, ENOUGH, 0.5, 0.5, 0.5))
    stops = visited(ActiveRoute(PLAN, wishes=mailbox), mailbox, slices=6)
    assert [stop.active for stop in stops] == ["more", "more", "more", "enough", "more", "more"]
    assert [stop.number for stop in stops] == [0, 1, 2, 3, 0, 1]


def test_enough_before_the_fewest_slices_does_not_end_a_sweep():
    mailbox = FocusMailbox(Scripted(ENOUGH, ENOUGH, 0.5))
    stops = visited(ActiveRoute(PLAN, wishes=mailbox), mailbox, slices=3)
    assert [stop.active for stop in stops] == ["more", "more", "enough"]


def test_a_wish_may_say_where_the_next_sweep_begins():
    enough = FocusWish(coordinate=None, then=(0.4, 0.5))
    mailbox = FocusMailbox(Scripted(0.5, enough, 0.2, 0.6, ENOUGH, 0.5, 0.5, 0.5))
    stops = visited(ActiveRoute(PLAN, wishes=mailbox), mailbox, slices=8)
    # The one after it begins where every sweep does, as nothing else was said.
    assert coordinates(stops) == [0.1, 0.9, 0.5, 0.4, 0.5, 0.6, 0.1, 0.9]
    assert [stop.number for stop in stops] == [0, 1, 2, 0, 1, 2, 0, 1]


def test_what_a_wish_says_of_the_next_sweep_counts_at_the_limit_too():
    begins = FocusWish(coordinate=0.6, then=(0.4, 0.5))
    mailbox = FocusMailbox(Scripted(0.5, 0.3, begins, 0.7, 0.2, 0.2, 0.2, 0.2))
    stops = visited(ActiveRoute(PLAN, wishes=mailbox), mailbox, slices=8)
    assert coordinates(stops) == [0.1, 0.9, 0.5, 0.3, 0.6, 0.7, 0.4, 0.5]
    assert stops[5].active == "limit"


def test_the_lens_stays_until_the_planner_has_answered():
    mailbox = FocusMailbox(Scripted(0.5, 0.3))
    route = ActiveRoute(PLAN, wishes=mailbox)
    route.step(0)
    assert not route.is_decided()
    mailbox.note(make_update(tag=make_slice(exposure_mid_ns=0).tag))
    assert route.is_decided()


def test_a_wish_that_never_comes_is_not_waited_for_without_end(caplog):
    now_s = 0.0
    mailbox = FocusMailbox(Scripted(0.5, 0.3, 0.7))
    route = ActiveRoute(PLAN, wishes=mailbox, clock=lambda: now_s)
    route.step(0)
    for _ in range(3):
        assert not route.is_decided()
        now_s += 29.0
    assert route.is_decided()
    route.step(1)
    assert coordinates([route.here]) == [0.2]  # 0.1 and 0.9 are those at the ends of a uniform sweep
    mailbox.note(make_update(tag=make_slice(exposure_mid_ns=1).tag))
    assert route.is_decided()
    route.step(2)
    assert coordinates([route.here]) == [0.5]
    assert [record.levelname for record in caplog.records] == ["WARNING"]


class NeverAnswers:
    """Wishes of a planner that takes its time, and how long it was given."""

    first, failed = (0.1, 0.9), False

    def __init__(self) -> None:
        self.given_s: list[float] = []

    def after(self, exposure_mid_ns, timeout_s):
        self.given_s.append(timeout_s)

    def fail(self, why):
        raise AssertionError(why)


def test_an_exposure_is_kept_for_as_long_as_reading_may_be_held_up():
    wishes = NeverAnswers()
    route = ActiveRoute(PLAN, wishes=wishes)
    route.step(0)
    assert not route.is_decided()
    (given_s,) = wishes.given_s
    assert LEAVE_S / 4 < given_s < LEAVE_S


def test_a_planner_that_raises_leaves_a_uniform_sweep_and_all_later_ones_are(caplog):
    mailbox = FocusMailbox(Scripted(0.5))
    stops = visited(ActiveRoute(PLAN, wishes=mailbox), mailbox, slices=18)
    assert coordinates(stops[:3]) == [0.1, 0.9, 0.5]
    assert coordinates(stops[6:]) == [0.0, 0.2, 0.4, 0.6, 0.8, 1.0] * 2
    first = sorted(coordinates(stops[:6]))
    assert max(after - before for before, after in pairwise(first)) <= 0.4 + 1e-6
    assert [stop.active for stop in stops] == (["more"] * 5 + ["limit"]) * 3
    assert len(caplog.records) == 1


def test_a_slot_that_the_lens_refuses_is_left_out_and_the_sweep_is_uniform(caplog):
    mailbox = FocusMailbox(Scripted(0.5, 0.3, 0.7))
    route = ActiveRoute(PLAN, wishes=mailbox)
    visited(route, mailbox, slices=2)
    with caplog.at_level(logging.WARNING):
        assert route.give_way("the lens does not go there")
    assert coordinates([route.here]) == [0.2]
    assert not route.give_way("nor there")
    assert [record.levelname for record in caplog.records] == ["WARNING"]


@pytest.mark.parametrize("slices", [6, 12])
def test_no_sweep_has_more_slices_than_the_most(slices):
    mailbox = FocusMailbox(Scripted(*[0.5] * slices))
    stops = visited(ActiveRoute(PLAN, wishes=mailbox), mailbox, slices=slices)
    assert sum(stop.is_last for stop in stops) == slices // 6
