import math
from dataclasses import asdict

import numpy as np
import pytest

from training.benchmarks.errors import BenchmarkErrors, benchmark_errors, mean_benchmark_errors
from training.judging.metrics import hessian_norm

NAN = math.nan


def errors_of(
    prediction: list[list[float]] | np.ndarray,
    truth: list[list[float]] | np.ndarray,
    *,
    signed: bool = False,
    holes_zeroed: bool = False,
    low: float = 0.0,
) -> BenchmarkErrors:
    p, g = np.asarray(prediction, np.float64), np.asarray(truth, np.float64)
    return benchmark_errors(p, g, g > low, signed=signed, holes_zeroed=holes_zeroed)


def test_measures_worked_out_by_hand_on_the_pixels_of_the_mask() -> None:
    errors = errors_of([[0.5, 0.3, 0.6, 0.8, 9.0]], [[0.5, 0.2, 0.8, 0.4, 0.0]])
    assert errors.mae == pytest.approx((0.1 + 0.2 + 0.4) / 4)
    assert errors.mse == pytest.approx((0.01 + 0.04 + 0.16) / 4)
    assert errors.rmse == pytest.approx(math.sqrt(0.21 / 4))
    assert errors.abs_rel == pytest.approx((0.5 + 0.25 + 1.0) / 4)
    assert errors.sq_rel == pytest.approx((0.01 / 0.2 + 0.04 / 0.8 + 0.16 / 0.4) / 4)
    logs = [math.log(p / g) ** 2 for p, g in ((0.3, 0.2), (0.6, 0.8), (0.8, 0.4))]
    assert errors.log_rms == pytest.approx(math.sqrt(sum(logs) / 4))
    # ratios 1, 1.5, 1.333, 2 against 1.25, 1.5625, 1.953; in percent
    assert (errors.delta_1, errors.delta_2, errors.delta_3) == (25.0, 75.0, 75.0)
    assert errors.bad_pixels == 75.0  # 0.1, 0.2 and 0.4 are above 0.07


def test_a_bad_pixel_is_off_by_more_than_seven_hundredths() -> None:
    assert errors_of([[0.565, 0.575]], [[0.5, 0.5]]).bad_pixels == 50.0


def test_a_prediction_of_zero_or_less_counts_but_has_no_ratio() -> None:
    errors = errors_of([[0.0, -0.1, 0.5, 0.25]], [[0.5, 0.5, 0.5, 0.5]])
    assert errors.delta_1 == 25.0
    assert errors.log_rms == pytest.approx(math.log(2.0) / 2)  # one term over four pixels


def test_signed_disparity_is_divided_by_its_size_and_has_no_ratios() -> None:
    errors = errors_of([[-1.0, 1.5, 0.5]], [[-2.0, 1.0, 0.0]], signed=True, low=-3.6)
    assert errors.abs_rel == pytest.approx((1 / 2 + 0.5 / 1) / 3)  # g = 0 counts, but adds nothing
    assert errors.sq_rel == pytest.approx((1 / 2 + 0.25 / 1) / 3)
    assert all(math.isnan(v) for v in (errors.log_rms, errors.delta_1, errors.delta_2, errors.delta_3))


def test_bump_of_a_parabola_is_eight_times_its_bend() -> None:
    # Scharr takes (x + 1)² − (x − 1)² = 4 x, and of that 8; the mirrored borders are left out by the mask.
    prediction = np.broadcast_to(0.001 * np.arange(12.0) ** 2, (9, 12)) + 1.0
    truth = np.zeros((9, 12))
    counted = np.zeros((9, 12), bool)
    counted[3:6, 3:9] = True
    errors = benchmark_errors(prediction, truth, counted, signed=False, holes_zeroed=False)
    assert errors.bump == pytest.approx(100 * 0.008)


def test_bump_is_clipped() -> None:
    prediction = np.broadcast_to(np.arange(12.0) ** 2, (9, 12))
    counted = np.zeros((9, 12), bool)
    counted[4, 5] = True
    errors = benchmark_errors(prediction, np.zeros((9, 12)), counted, signed=False, holes_zeroed=False)
    assert errors.bump == pytest.approx(5.0)


def norm_around_a_spike() -> np.ndarray:
    """(5, 5) ‖Hessian‖ of a single 1, from products of the one-dimensional filters worked out by hand."""
    smooth_twice = np.array([9, 60, 118, 60, 9]) / 256  # (3, 10, 3) / 16 with itself
    step_twice = np.array([1, 0, -2, 0, 1])  # (1, 0, −1) with itself
    both = np.array([3, 10, 0, -10, -3]) / 16
    xx, yy = np.outer(smooth_twice, step_twice), np.outer(step_twice, smooth_twice)
    xy = np.outer(both, both)
    return np.sqrt(xx**2 + yy**2 + 2 * xy**2)


def test_a_hole_adds_bump_at_its_rim_because_the_prediction_is_not_masked() -> None:
    size, depth = 0.02, 1.0
    truth = np.full((9, 9), depth)
    truth[4, 4] = 0.0
    prediction = np.full((9, 9), depth)
    prediction[4, 4] = size  # right everywhere else, and the hole's truth counts as 0
    rim = np.minimum(size * norm_around_a_spike(), 0.05)
    rim[2, 2] = 0.0  # the hole itself does not count
    assert 0 < rim.sum() < 24 * 0.05
    assert errors_of(prediction, truth).bump == pytest.approx(100 * rim.sum() / 80)


def test_a_hole_adds_nothing_where_the_protocol_zeroes_the_prediction() -> None:
    truth, prediction = np.full((9, 9), 1.0), np.full((9, 9), 1.0)
    truth[4, 4], prediction[4, 4] = 0.0, 0.02
    assert errors_of(prediction, truth, holes_zeroed=True).bump == pytest.approx(0.0)


def test_the_hessian_is_that_of_scikit_image() -> None:
    """Values of skimage 0.26.0: scharr_v and scharr_h of scharr_v and scharr_h, borders and all."""
    row, column = np.mgrid[:5, :6]
    golden = [
        [0.004472, 0.005692, 0.008368, 0.010547, 0.007221, 0.002709],
        [0.007998, 0.012835, 0.009105, 0.004965, 0.011016, 0.010758],
        [0.00835, 0.006778, 0.005361, 0.008718, 0.001597, 0.007532],
        [0.002022, 0.008525, 0.012274, 0.003645, 0.006944, 0.004521],
        [0.008466, 0.008202, 0.008733, 0.010122, 0.006148, 0.009074],
    ]
    np.testing.assert_allclose(hessian_norm(((7 * row + 3 * column**2) % 11) / 1000.0), golden, atol=6e-7)


def test_a_map_without_a_pixel_in_the_mask_has_no_errors() -> None:
    assert all(math.isnan(value) for value in asdict(errors_of([[0.5]], [[0.0]])).values())


def test_rmse_of_a_table_is_a_mean_of_roots() -> None:
    rows = [errors_of([[0.6]], [[0.5]]), errors_of([[0.8]], [[0.5]])]
    mean = mean_benchmark_errors(rows)
    assert mean.rmse == pytest.approx(0.2)
    assert mean.mse == pytest.approx(0.05)
