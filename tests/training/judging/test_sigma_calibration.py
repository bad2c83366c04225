import math

import numpy as np
import pytest

from training.judging.sigma_calibration import SigmaPairs, sigma_groups, sigma_pairs


def pairs(sigma: list[float], error: list[float]) -> SigmaPairs:
    return SigmaPairs(sigma=np.array(sigma, np.float32), error=np.array(error, np.float32))


def test_only_known_pixels_are_paired() -> None:
    coordinate = np.array([[0.5, math.nan, 0.2, 0.7]], np.float32)
    sigma = np.array([[0.1, 0.1, 0.2, 0.3]], np.float32)
    truth = np.array([[0.4, 0.5, math.nan, 0.9]], np.float32)
    found = sigma_pairs(coordinate, sigma, truth)
    np.testing.assert_allclose(found.sigma, [0.1, 0.3])
    np.testing.assert_allclose(found.error, [0.1, 0.2], rtol=1e-5)


def test_shares_within_sigma_by_hand() -> None:
    some = pairs([0.1, 0.1, 0.1, 0.1], [0.05, 0.09, 0.15, 0.25])
    assert some.share_within(1.0) == 0.5
    assert some.share_within(2.0) == 0.75
    assert math.isnan(pairs([], []).share_within(1.0))


def test_normal_errors_lie_within_sigma_as_often_as_they_should() -> None:
    random = np.random.default_rng(0)
    sigma = random.uniform(0.01, 0.1, 40_000)
    some = pairs(list(sigma), list(np.abs(random.normal(0.0, sigma))))
    assert some.share_within(1.0) == pytest.approx(0.683, abs=0.01)
    assert some.share_within(2.0) == pytest.approx(0.954, abs=0.01)
    for group in sigma_groups([some]):
        assert group.made == pytest.approx(group.stated, rel=0.05)


def test_groups_are_tenths_of_all_pixels_in_the_order_of_sigma() -> None:
    sigma = [0.01 * (k // 2 + 1) for k in range(20)]
    error = [0.3, 0.4] * 10
    first, second = pairs(sigma[::2], error[::2]), pairs(sigma[1::2], error[1::2])
    groups = sigma_groups([first, second])
    assert [group.pixels for group in groups] == [2] * 10
    assert [group.stated for group in groups] == pytest.approx([0.01 * (k + 1) for k in range(10)], rel=1e-5)
    assert [group.made for group in groups] == pytest.approx([math.sqrt(0.125)] * 10, rel=1e-5)


def test_few_pixels_make_few_groups() -> None:
    assert len(sigma_groups([pairs([0.1, 0.2, 0.3], [0.0, 0.0, 0.0])])) == 3
    assert sigma_groups([pairs([], [])]) == ()
