import numpy as np
import pytest

from training.benchmarks.scales import DepthScale, DisparityScale


def test_disparity_is_linear_in_the_sweep_coordinate() -> None:
    scale = DisparityScale(far_px=-2.5, near_px=2.5)
    assert scale.to_unit(np.array([0.0, 0.5, 1.1], np.float32)).tolist() == pytest.approx([-2.5, 0.0, 3.0])
    assert scale.to_coordinate(-2.5) == 0.0
    assert scale.to_coordinate(1.25) == 0.75


def test_depth_is_linear_in_dioptres() -> None:
    scale = DepthScale(far_m=1.5, near_m=0.1, farthest_m=3.0)
    half_dpt = (1 / 1.5 + 1 / 0.1) / 2
    assert scale.to_unit(np.array([0.0, 0.5, 1.0], np.float32)).tolist() == pytest.approx(
        [1.5, 1 / half_dpt, 0.1]
    )
    assert scale.to_coordinate(0.3) == pytest.approx((1 / 0.3 - 1 / 1.5) / (10 - 1 / 1.5))


def test_depth_at_or_beyond_infinity_is_the_farthest_of_the_set() -> None:
    scale = DepthScale(far_m=1.5, near_m=0.1, farthest_m=3.0)
    at_infinity = -(1 / 1.5) / (10 - 1 / 1.5)
    assert scale.to_unit(np.array([at_infinity, -5.0], np.float32)).tolist() == pytest.approx([3.0, 3.0])
