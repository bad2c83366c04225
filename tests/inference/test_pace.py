"""How fast a model is, measured; tests judge no time but that of a model that waits."""

import pytest

from inference.pace import measure_slices_s, measure_speed
from inference.sharpness import SharpnessModel
from inference.slowed import SlowedModel
from tests.inference.slices import SHAPE


def test_a_slowed_model_is_found_to_be_slow():
    assert measure_slices_s(SlowedModel(SharpnessModel(), slices_s=8.0), SHAPE) <= 8.0


def test_a_model_that_is_slow_is_not_measured_for_long():
    waits = []
    slowed = SlowedModel(SharpnessModel(), slices_s=0.2, sleep=lambda s: waits.append(s))
    measure_slices_s(slowed, SHAPE)
    assert len(waits) == 5
    assert all(4.0 < wait_s <= 5.0 for wait_s in waits)


@pytest.mark.parametrize("shape", [SHAPE, (*SHAPE, 3)])
def test_grey_and_colour_are_measured(shape):
    assert measure_slices_s(SharpnessModel(), shape) > 0


def test_with_few_maps_a_model_takes_no_fewer_slices():
    speed = measure_speed(SharpnessModel(), SHAPE)
    assert speed.most_slices_s >= speed.slices_s
