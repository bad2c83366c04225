import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.data.dequantise import dequantise

STEP = 0.04


def quantised(values: np.ndarray) -> np.ndarray:
    return (np.round(values / STEP) * STEP).astype(np.float32)


def plane(per_column: float, per_row: float) -> np.ndarray:
    rows, columns = np.mgrid[:80, :100]
    return 2.0 + STEP * (per_column * columns + per_row * rows)


@pytest.mark.parametrize(("per_column", "per_row"), [(0.05, 0.02), (-0.2, 0.1), (0.4, 0.1)])
def test_a_plane_is_no_staircase(per_column: float, per_row: float) -> None:
    true = plane(per_column, per_row)
    before = np.abs(quantised(true) - true).mean()
    assert np.abs(dequantise(quantised(true), step=STEP) - true).mean() < 0.2 * before


def test_an_edge_stays_as_sharp_as_it_was() -> None:
    true = plane(0.05, 0.0)
    true[:, 50:] += 0.5
    steps = np.diff(dequantise(quantised(true), step=STEP), axis=1)
    assert (steps[:, 49] > 0.45).all()
    assert np.abs(np.delete(steps, 49, axis=1)).max() < STEP


@settings(max_examples=25)
@given(seed=st.integers(0, 1000), height=st.integers(1, 40), width=st.integers(1, 40))
def test_whatever_the_map_it_would_be_quantised_to_the_same(seed: int, height: int, width: int) -> None:
    values = quantised(np.random.default_rng(seed).uniform(0.0, 0.4, (height, width)))
    smooth = dequantise(values, step=STEP)
    assert smooth.shape == values.shape
    assert np.abs(smooth - values).max() <= 0.5 * STEP + 1e-6
