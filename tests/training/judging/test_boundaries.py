import math

import numpy as np
import pytest

from training.judging.boundaries import beside_edges, boundary_errors


def step(columns: int = 20, *, height: float = 0.4) -> np.ndarray:
    truth = np.full((3, columns), 0.3, np.float32)
    truth[:, columns // 2 :] += np.float32(height)
    return truth


def test_four_pixels_on_either_side_are_beside_an_edge() -> None:
    assert np.flatnonzero(beside_edges(step())[1]).tolist() == list(range(6, 14))
    assert np.flatnonzero(beside_edges(step().T)[:, 1]).tolist() == list(range(6, 14))


def test_a_slope_is_no_edge() -> None:
    assert not beside_edges(step(height=0.04)).any()
    assert not beside_edges(np.tile(np.linspace(0, 1, 40, dtype=np.float32), (3, 1))).any()


def test_where_the_truth_ends_is_no_edge() -> None:
    truth = step(height=0.0)
    truth[:, 10:] = math.nan
    assert not beside_edges(truth).any()


def test_errors_beside_and_away_by_hand() -> None:
    truth = step()
    prediction = truth + np.float32(0.1)
    prediction[:, 9:11] += np.float32(0.3)  # two of the eight columns
    prediction[0, 0] = math.nan
    errors = boundary_errors(prediction, truth)
    assert errors.beside == pytest.approx((6 * 0.1 + 2 * 0.4) / 8, rel=1e-5)
    assert errors.away == pytest.approx(0.1, rel=1e-5)


def test_without_edges_there_is_no_error_beside_them() -> None:
    errors = boundary_errors(step(height=0.0), step(height=0.0))
    assert math.isnan(errors.beside)
    assert errors.away == 0.0
