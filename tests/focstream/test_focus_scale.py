import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from focstream.types import FocusScale


@given(st.floats(0, 20), st.floats(1e-3, 20), st.floats(-0.5, 1.5))
def test_the_map_is_linear_and_its_own_inverse(far_dpt: float, span_dpt: float, coordinate: float) -> None:
    scale = FocusScale(far_dpt=far_dpt, near_dpt=far_dpt + span_dpt)
    assert scale.to_dpt(0.0) == pytest.approx(far_dpt)
    assert scale.to_dpt(1.0) == pytest.approx(far_dpt + span_dpt)
    assert scale.to_coordinate(scale.to_dpt(coordinate)) == pytest.approx(coordinate, abs=1e-6)


def test_maps_stay_float32() -> None:
    scale = FocusScale(far_dpt=0.5, near_dpt=4.5)
    assert scale.to_dpt(np.zeros((2, 3), np.float32)).dtype == np.float32


@pytest.mark.parametrize(
    ("far_dpt", "near_dpt"), [(2, 1), (1, 1), (-1, 1), (0, float("inf")), (float("nan"), 1)]
)
def test_impossible_limits_are_refused(far_dpt: float, near_dpt: float) -> None:
    with pytest.raises(ValueError, match="need 0 <= far_dpt < near_dpt"):
        FocusScale(far_dpt=far_dpt, near_dpt=near_dpt)
