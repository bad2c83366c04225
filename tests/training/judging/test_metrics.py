import math
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from training.judging.metrics import MapErrors, bumpiness, map_errors, mean_errors, mean_known

NAN = math.nan
MAPS = arrays(np.float32, (6, 7), elements=st.floats(0.0, 1.0, width=32))
HOLES = arrays(np.bool_, (6, 7))


def row(*values: float) -> np.ndarray:
    return np.array([values], np.float32)


def test_errors_of_a_map_worked_out_by_hand() -> None:
    errors = map_errors(row(0.5, 0.3, 0.6, 0.8), row(0.5, 0.2, 0.8, 0.4))
    assert errors.coverage == 1.0
    assert errors.mae == pytest.approx(0.7 / 4)
    assert errors.mse == pytest.approx(0.21 / 4)
    assert errors.rmse == pytest.approx(math.sqrt(0.21 / 4))
    assert errors.abs_rel == pytest.approx((0.5 + 0.25 + 1.0) / 4)
    assert errors.sq_rel == pytest.approx((0.01 / 0.2 + 0.04 / 0.8 + 0.16 / 0.4) / 4)
    logs = [math.log(p / g) ** 2 for p, g in ((0.3, 0.2), (0.6, 0.8), (0.8, 0.4))]
    assert errors.log_rms == pytest.approx(math.sqrt(sum(logs) / 4))
    # ratios 1, 1.5, 1.333, 2 against 1.25, 1.5625, 1.953
    assert (errors.delta_1, errors.delta_2, errors.delta_3) == (0.25, 0.75, 0.75)


def test_only_pixels_known_in_both_are_judged() -> None:
    errors = map_errors(row(0.5, NAN, 0.9, NAN), row(0.4, 0.2, NAN, 0.7))
    assert errors.coverage == pytest.approx(1 / 3)
    assert errors.mae == pytest.approx(0.1)
    assert errors.abs_rel == pytest.approx(0.25)


def test_relative_errors_leave_out_what_is_almost_at_the_far_limit() -> None:
    errors = map_errors(row(0.52, 0.4), row(0.4, 0.04))
    assert errors.mae == pytest.approx((0.12 + 0.36) / 2)
    assert errors.abs_rel == pytest.approx(0.3)
    assert errors.delta_1 == 0.0
    assert errors.delta_2 == 1.0


def test_predictions_at_or_below_zero_have_no_ratio() -> None:
    errors = map_errors(row(0.0, -0.1, 0.5, 0.5), row(0.5, 0.5, 0.5, 0.5))
    assert errors.delta_3 == 0.5
    assert errors.log_rms == 0.0  # as the code of DDFF 12-Scene has it
    assert errors.abs_rel == pytest.approx((1.0 + 1.2) / 4)


def test_nothing_known_is_nan_and_not_zero() -> None:
    errors = map_errors(row(NAN, NAN), row(0.5, 0.6))
    assert errors.coverage == 0.0
    assert all(math.isnan(value) for name, value in asdict(errors).items() if name != "coverage")


def ripple(step: float) -> np.ndarray:
    down, across = np.indices((6, 7)).astype(np.float64)
    return ((3 * across * across + 5 * down * across + 7 * down) % 11) * step


@pytest.mark.parametrize(
    ("step", "expected"), [(0.0002, 0.0995691530532961), (0.001, 0.49784576526648044)]
)  # by skimage 0.26: scharr_v and scharr_h, each of each
def test_bumpiness_is_that_of_skimage(step: float, expected: float) -> None:
    assert bumpiness(ripple(step)) == pytest.approx(expected, rel=1e-9)


def test_bumpiness_clips_where_skimage_does() -> None:
    random = np.random.default_rng(0).normal(0, 0.01, (7, 9))
    assert bumpiness(random) == pytest.approx(2.0542421914776914, rel=1e-9)
    assert bumpiness(100 * random) > 2.3


def test_bumpiness_of_a_parabola_by_hand() -> None:
    across = np.arange(9.0)
    parabola = np.tile(0.001 * across * across, (9, 1))
    inner = np.full_like(parabola, NAN)
    inner[:, 2:-2] = parabola[
        :, 2:-2
    ]  # 5 columns are known: one of them has all it needs, far from the border
    # The filter gives twice the slope: 2 · 2 · second derivative of 0.002.
    assert bumpiness(inner) == pytest.approx(100 * 4 * 0.002)


def test_holes_add_nothing_to_bumpiness() -> None:
    level = np.full((11, 11), 0.3)
    level[5, 5] = NAN
    assert bumpiness(level) == 0.0


@settings(max_examples=40)
@given(truth=MAPS)
def test_a_perfect_map_has_no_error(truth: np.ndarray) -> None:
    errors = map_errors(truth, truth)
    assert (errors.coverage, errors.mae, errors.mse, errors.rmse, errors.bump) == (1.0, 0.0, 0.0, 0.0, 0.0)
    if (truth >= 0.05).any():
        assert (errors.log_rms, errors.abs_rel, errors.sq_rel) == (0.0, 0.0, 0.0)
        assert (errors.delta_1, errors.delta_2, errors.delta_3) == (1.0, 1.0, 1.0)


@settings(max_examples=40)
@given(truth=MAPS, prediction=MAPS, holes=HOLES)
def test_errors_keep_their_order(truth: np.ndarray, prediction: np.ndarray, holes: np.ndarray) -> None:
    errors = map_errors(np.where(holes, np.float32(NAN), prediction), truth)
    assert errors.coverage == pytest.approx(1 - holes.mean())
    if not holes.all():
        assert errors.mae <= errors.rmse + 1e-12
        assert errors.rmse**2 == pytest.approx(errors.mse)
    if not math.isnan(errors.delta_1):
        assert errors.delta_1 <= errors.delta_2 <= errors.delta_3
    assert math.isnan(errors.bump) or 0.0 <= errors.bump <= 5.0 + 1e-9


@settings(max_examples=40)
@given(truth=MAPS, prediction=MAPS, holes=HOLES, elsewhere=st.floats(-5, 5, width=32))
def test_what_lies_where_the_truth_is_unknown_does_not_count(
    truth: np.ndarray, prediction: np.ndarray, holes: np.ndarray, elsewhere: float
) -> None:
    unknown = np.where(holes, np.float32(NAN), truth)
    one = map_errors(prediction, unknown)
    other = map_errors(np.where(holes, np.float32(elsewhere), prediction), unknown)
    np.testing.assert_equal(asdict(one), asdict(other))


def test_means_are_over_the_maps_that_tell() -> None:
    full = map_errors(row(0.5, 0.6), row(0.4, 0.6))
    empty = map_errors(row(NAN, NAN), row(0.4, 0.6))
    both = mean_errors([full, empty])
    assert isinstance(both, MapErrors)
    assert both.coverage == 0.5
    assert both.mae == full.mae
    assert math.isnan(mean_known([NAN]))


def test_the_rmse_of_a_table_is_a_mean_of_roots() -> None:
    maps = [map_errors(row(0.5 + off), row(0.5)) for off in (0.1, 0.3)]
    both = mean_errors(maps)
    assert both.rmse == pytest.approx(0.2)
    assert both.mse == pytest.approx((0.01 + 0.09) / 2)
