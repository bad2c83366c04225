from publish.look.sweep_track import SweepTrack, index_of
from tests.slices import make_slice


def test_slots_of_the_last_sweep_are_those_to_come() -> None:
    track = SweepTrack()
    for slot in range(4):
        track.add(make_slice(slot).tag)
    assert all(slot.seen for slot in track.slots(0))
    track.add(make_slice(0, sweep_id=1).tag)
    track.add(make_slice(2, sweep_id=1).tag)  # slot 1 was lost
    slots = track.slots(1)
    assert [slot.index for slot in slots] == [0, 1, 2, 3]
    assert [slot.seen for slot in slots] == [True, False, True, False]
    assert [slot.coordinate for slot in slots] == [0.0, 1 / 3, 2 / 3, 1.0]


def test_before_the_first_slice_there_are_none() -> None:
    assert SweepTrack().slots(0) == ()


def test_the_last_map_of_a_sweep_may_come_after_the_next_has_begun() -> None:
    track = SweepTrack()
    for sweep_id, slot in ((0, 0), (1, 0), (1, 1), (2, 0)):
        track.add(make_slice(slot, sweep_id=sweep_id).tag)
    assert [slot.seen for slot in track.slots(1)] == [True, True]
    assert [slot.seen for slot in track.slots(2)] == [True, False]


def test_of_an_active_sweep_only_what_was_seen_is_known() -> None:
    track = SweepTrack()
    for sweep_id, slot, coordinate in ((0, 0, 0.1), (0, 3, 0.9), (1, 1, 0.3), (1, 3, 0.8)):
        track.add(make_slice(slot, sweep_id=sweep_id, sweep_coordinate=coordinate, active="more").tag)
    assert [(slot.coordinate, slot.seen) for slot in track.slots(0)] == [(0.1, True), (0.9, True)]
    assert [(slot.coordinate, slot.seen) for slot in track.slots(1)] == [(0.3, True), (0.8, True)]


def test_slices_of_an_active_sweep_that_are_nearest_to_one_slot_are_all_there() -> None:
    track = SweepTrack()
    for number, coordinate in enumerate((0.0, 0.07, 0.14)):
        tag = make_slice(min(number, 1), number=number, sweep_coordinate=coordinate, active="more").tag
        track.add(tag)
    assert [slot.coordinate for slot in track.slots(0)] == [0.0, 0.07, 0.14]
    assert index_of(tag) == 2
