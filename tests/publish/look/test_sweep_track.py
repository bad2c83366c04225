from dataclasses import replace

import pytest

from focstream.types import FocusScale
from publish.look.sweep_track import SweepTrack, index_of
from tests.slices import make_slice


def test_slots_of_the_last_sweep_are_those_to_come() -> None:
    track = SweepTrack()
    for slot in range(4):
        track.add(make_slice(slot))
    assert all(slot.seen for slot in track.slots(0))
    track.add(make_slice(0, sweep_id=1))
    track.add(make_slice(2, sweep_id=1))  # slot 1 was lost
    slots = track.slots(1)
    assert [slot.index for slot in slots] == [0, 1, 2, 3]
    assert [slot.seen for slot in slots] == [True, False, True, False]
    assert [slot.coordinate for slot in slots] == [0.0, 1 / 3, 2 / 3, 1.0]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"tag_slots": 4}, {"tag_slots": 3}),
        ({"scale": FocusScale(far_dpt=0.5, near_dpt=4.5)}, {"scale": FocusScale(far_dpt=1.0, near_dpt=3.0)}),
    ],
    ids=["slots", "range"],
)
def test_slots_of_another_plan_are_not_to_come(before: dict, after: dict) -> None:
    track = SweepTrack()
    for slot in range(4):
        track.add(a_slice(slot, sweep_id=0, **before))
    for slot in range(3):
        track.add(a_slice(slot, sweep_id=1, **after))
        assert [(each.index, each.seen) for each in track.slots(1)] == [(at, True) for at in range(slot + 1)]
    assert [each.index for each in track.slots(0)] == [0, 1, 2, 3]
    track.add(a_slice(0, sweep_id=2, **after))
    assert [each.seen for each in track.slots(2)] == [True, False, False]


def a_slice(slot: int, *, sweep_id: int, tag_slots: int | None = None, scale: FocusScale | None = None):
    taken = make_slice(slot, sweep_id=sweep_id, scale=scale)
    return replace(taken, tag=replace(taken.tag, slots=tag_slots))


def test_before_the_first_slice_there_are_none() -> None:
    assert SweepTrack().slots(0) == ()


def test_the_last_map_of_a_sweep_may_come_after_the_next_has_begun() -> None:
    track = SweepTrack()
    for sweep_id, slot in ((0, 0), (1, 0), (1, 1), (2, 0)):
        track.add(make_slice(slot, sweep_id=sweep_id))
    assert [slot.seen for slot in track.slots(1)] == [True, True]
    assert [slot.seen for slot in track.slots(2)] == [True, False]


def test_of_an_active_sweep_only_what_was_seen_is_known() -> None:
    track = SweepTrack()
    for sweep_id, slot, coordinate in ((0, 0, 0.1), (0, 3, 0.9), (1, 1, 0.3), (1, 3, 0.8)):
        track.add(make_slice(slot, sweep_id=sweep_id, sweep_coordinate=coordinate, active="more"))
    assert [(slot.coordinate, slot.seen) for slot in track.slots(0)] == [(0.1, True), (0.9, True)]
    assert [(slot.coordinate, slot.seen) for slot in track.slots(1)] == [(0.3, True), (0.8, True)]


def test_slices_of_an_active_sweep_that_are_nearest_to_one_slot_are_all_there() -> None:
    track = SweepTrack()
    for number, coordinate in enumerate((0.0, 0.07, 0.14)):
        taken = make_slice(min(number, 1), number=number, sweep_coordinate=coordinate, active="more")
        track.add(taken)
    assert [slot.coordinate for slot in track.slots(0)] == [0.0, 0.07, 0.14]
    assert index_of(taken.tag) == 2
