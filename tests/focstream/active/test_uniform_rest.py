"""What is left of a uniform sweep."""

import pytest

from focstream.active.uniform_rest import uniform_rest


def test_of_nothing_taken_the_whole_sweep_is_left():
    assert uniform_rest((), slots=5) == (0.0, 0.25, 0.5, 0.75, 1.0)


def test_every_slice_taken_stands_for_the_nearest_slot_that_is_left():
    assert uniform_rest((0.1, 0.9, 0.5), slots=5) == (0.25, 0.75)
    assert uniform_rest((0.5, 0.5), slots=3) == (1.0,)


@pytest.mark.parametrize("taken", [(0.5,) * 4, (0.0,) * 9])
def test_no_more_is_left_than_slots(taken):
    assert uniform_rest(taken, slots=4) == ()
