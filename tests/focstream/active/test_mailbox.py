"""What a planner wishes reaches the sweep; one that fails is asked no more, and that is said once."""

import threading
from dataclasses import replace

import numpy as np
import pytest

from focstream.active.mailbox import FocusMailbox
from focstream.active.wish import ENOUGH, FocusWish
from focstream.protocols import FocusPlanner
from tests.updates import make_update


class Scripted(FocusPlanner):
    """Wishes for what it is given, in its order; raises when nothing is left."""

    first = (0.2, 0.8)

    def __init__(self, *wishes: float | None) -> None:
        self._wishes = [FocusWish(coordinate=wish) for wish in wishes]

    def plan(self, update):
        return self._wishes.pop(0)


def update_at(stamp_ns: int):
    update = make_update()
    return replace(update, tag=replace(update.tag, exposure_mid_ns=stamp_ns))


@pytest.mark.parametrize("coordinate", [-0.1, 1.1, float("nan"), float("inf")])
def test_a_wish_lies_within_the_sweep(coordinate):
    with pytest.raises(ValueError, match="sweep coordinate"):
        FocusWish(coordinate=coordinate)
    with pytest.raises(ValueError, match="sweep coordinate"):
        FocusWish(coordinate=None, then=(0.5, coordinate))


def test_a_wish_is_of_plain_numbers():
    wish = FocusWish(coordinate=np.float64(0.25), then=(np.float32(0.5), np.float64(0.75)))
    assert [type(each) for each in (wish.coordinate, *wish.then)] == [float] * 3
    assert (wish.coordinate, wish.then) == (0.25, (0.5, 0.75))


def test_a_wish_is_found_by_the_slice_that_led_to_it():
    mailbox = FocusMailbox(Scripted(0.4, None))
    assert mailbox.first == (0.2, 0.8)
    assert mailbox.after(1, 0.0) is None
    mailbox.note(update_at(1))
    assert mailbox.after(1, 0.0) == FocusWish(coordinate=0.4)
    mailbox.note(update_at(2))
    assert mailbox.after(1, 0.0) is None
    assert mailbox.after(2, 0.0) == ENOUGH


def test_who_waits_gets_the_wish_when_it_is_there():
    mailbox = FocusMailbox(Scripted(0.4))
    writer = threading.Timer(0.05, mailbox.note, [update_at(7)])
    writer.start()
    assert mailbox.after(7, 30.0) == FocusWish(coordinate=0.4)
    writer.join()


def test_a_planner_that_needs_no_map_is_asked_about_a_slice_without_one():
    class Blind(Scripted):
        def plan_unseen(self, tag):
            return self._wishes.pop(0)

    mailbox = FocusMailbox(Blind(0.4))
    mailbox.note_unseen(update_at(5).tag)
    assert mailbox.after(5, 0.0) == FocusWish(coordinate=0.4)


def test_a_planner_that_needs_maps_fails_without_one(caplog):
    mailbox = FocusMailbox(Scripted(0.4))
    mailbox.note_unseen(replace(update_at(5).tag, last_in_sweep=False))
    assert mailbox.failed
    assert "gave no map" in caplog.messages[0]


@pytest.mark.parametrize("without", [{"settling": True}, {"last_in_sweep": True}])
def test_slices_after_which_nobody_waits_need_no_map(caplog, without):
    mailbox = FocusMailbox(Scripted(0.4))
    mailbox.note_unseen(replace(update_at(5).tag, **{"last_in_sweep": False, **without}))
    assert not mailbox.failed
    mailbox.note(update_at(6))
    assert mailbox.after(6, 0.0) == FocusWish(coordinate=0.4)
    assert not caplog.messages


def test_a_planner_that_raises_fails_once(caplog):
    mailbox = FocusMailbox(Scripted())
    for stamp_ns in (1, 2, 3):
        mailbox.note(update_at(stamp_ns))
    assert mailbox.failed
    assert mailbox.after(3, 30.0) is None  # nobody waits for what will not come
    mailbox.fail("another reason")
    assert [record.message for record in caplog.records] == [
        "--sweep.waveform active: the planner failed: IndexError('pop from empty list'); "
        "sweeps are uniform from now on"
    ]
