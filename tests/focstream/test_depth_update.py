import numpy as np
import pytest

from focstream.types import FocusScale
from tests.updates import make_update

HALF_METRE_TO_INFINITY = FocusScale(far_dpt=0.0, near_dpt=2.0)


def test_metres_are_the_reciprocal_of_the_vergence() -> None:
    coordinate = np.array([[0.0, 0.25, 0.5, 1.0, np.nan]], np.float32)
    update = make_update(coordinate, scale=HALF_METRE_TO_INFINITY)
    np.testing.assert_array_equal(update.depth(), [[np.inf, 2.0, 1.0, 0.5, np.nan]])
    assert update.depth().dtype == np.float32
    assert update.unit == "m"
    assert update.depth_range() == (0.5, float("inf"))


def test_sigma_grows_with_the_square_of_the_distance() -> None:
    update = make_update(np.array([[0.25, 0.5, 1.0]], np.float32), scale=HALF_METRE_TO_INFINITY)
    np.testing.assert_allclose(update.sigma(), [[0.08, 0.02, 0.005]], rtol=1e-6)


def test_beyond_infinity_is_infinity() -> None:
    update = make_update(np.array([[-0.2]], np.float32), scale=HALF_METRE_TO_INFINITY)
    assert np.isposinf(update.depth()).all()


def test_without_a_scale_there_are_no_metres() -> None:
    update = make_update()
    np.testing.assert_array_equal(update.depth(), update.coordinate)
    assert (update.unit, update.calibrated, update.depth_range()) == ("1", "uncalibrated", (1.0, 0.0))
    with pytest.raises(ValueError, match="has no dioptres"):
        update.vergence_dpt()


def test_deriving_leaves_the_coordinate_alone() -> None:
    coordinate = np.array([[0.25, 0.5, np.nan]], np.float32)
    update = make_update(coordinate.copy(), scale=HALF_METRE_TO_INFINITY)
    update.depth(), update.sigma(), update.vergence_dpt()
    np.testing.assert_array_equal(update.coordinate, coordinate)
    np.testing.assert_array_equal(update.coordinate_sigma, np.full((1, 3), 0.01, np.float32))


def test_no_depth_has_no_sigma_and_infinity_an_infinite_one() -> None:
    update = make_update(np.array([[np.nan, 0.0]], np.float32), scale=HALF_METRE_TO_INFINITY)
    assert np.isnan(update.sigma()[0, 0])
    assert np.isposinf(update.sigma()[0, 1])
