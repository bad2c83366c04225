import numpy as np
import pytest

from focstream.types import FocusScale
from publish.colour import NO_DEPTH_BGR, colours_of, depth_picture
from publish.scale_labels import labels_of
from tests.publish.updates import MICROSCOPE, SCALE, TO_INFINITY, an_update


def test_far_is_blue_near_is_red_and_none_is_grey():
    far, near, none = colours_of(np.array([[0.1, 0.9, np.nan]], dtype=np.float32))[0]
    assert far.argmax() == 0
    assert near.argmax() == 2
    assert tuple(none) == NO_DEPTH_BGR


def test_the_same_coordinate_always_has_the_same_colour():
    alone = colours_of(np.array([[0.5]], dtype=np.float32))
    among = colours_of(np.array([[0.0, 0.5, 1.0]], dtype=np.float32))
    assert np.array_equal(alone[0, 0], among[0, 1])


def test_beyond_the_sweep_is_clipped():
    beyond = colours_of(np.array([[-0.3, 0.0, 1.0, 1.3]], dtype=np.float32))[0]
    assert np.array_equal(beyond[0], beyond[1])
    assert np.array_equal(beyond[2], beyond[3])


@pytest.mark.parametrize("scale", [SCALE, TO_INFINITY, None])
@pytest.mark.parametrize("size", [(16, 24), (300, 10), (480, 640)])
def test_the_picture_holds_the_map_and_a_scale(scale, size):
    update = an_update(height=size[0], width=size[1], scale=scale)
    picture = depth_picture(update)
    factor = max(1, -(-240 // size[0]))
    shown = picture[: size[0] * factor : factor, : size[1] * factor : factor]
    assert np.array_equal(shown, colours_of(update.coordinate))
    assert picture.shape[1] > size[1] * factor + 50


def test_labels_start_with_the_limits():
    assert [label.text for label in labels_of(SCALE)[:2]] == ["2 m", "0.2 m"]
    assert [label.text for label in labels_of(TO_INFINITY)[:2]] == ["infinity", "0.1 m"]
    assert [label.text for label in labels_of(None)] == ["far", "near"]


def test_labels_stand_where_their_depth_is():
    at = {label.text: label.coordinate for label in labels_of(SCALE)}
    assert at["1 m"] == pytest.approx((1.0 - 0.5) / 4.5)
    assert all(0.0 <= coordinate <= 1.0 for coordinate in at.values())


def test_labels_of_a_macro_sweep():
    texts = [label.text for label in labels_of(FocusScale(far_dpt=20.0, near_dpt=200.0))]
    assert texts[:3] == ["50 mm", "5 mm", "10 mm"]


def test_labels_of_a_microscope_are_heights():
    assert {label.text: label.coordinate for label in labels_of(MICROSCOPE)} == {
        "0 um": 0.0, "10 um": 0.25, "20 um": 0.5, "30 um": 0.75, "40 um": 1.0
    }  # fmt: skip
    assert depth_picture(an_update(scale=MICROSCOPE)).ndim == 3
