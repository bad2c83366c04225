from dataclasses import replace

import numpy as np
import pytest

from capture.simulator.optics.surface import Surface
from training.data.world.shares import PLAIN, World
from training.data.world.sweep import FARTHEST_BEYOND, changed_coordinates, moved_in_sweep

EVEN = np.linspace(0.0, 1.0, 12, dtype=np.float32)


def changed(world: World, seed: int, coordinates: np.ndarray = EVEN) -> np.ndarray:
    result = changed_coordinates(np.random.default_rng(seed), world, coordinates)
    assert result.dtype == np.float32
    assert result.shape == coordinates.shape
    assert (np.diff(result) >= 0).all()
    assert result.min() >= 0
    assert result.max() <= 1
    return result


def ramp(seed: int, world: World) -> np.ndarray:
    values = np.linspace(0.0, 1.0, 16, dtype=np.float32).reshape(4, 4)
    surface = Surface(radiance=values, coverage=np.ones_like(values), vergence_dpt=values)
    (moved,) = moved_in_sweep(np.random.default_rng(seed), world, [surface])
    assert np.allclose(np.diff(moved.vergence_dpt.ravel(), n=2), 0, atol=1e-6)
    return moved.vergence_dpt


@pytest.mark.parametrize("seed", range(20))
def test_a_plain_sweep_stays_as_it_is(seed: int) -> None:
    np.testing.assert_array_equal(changed(PLAIN, seed), EVEN)
    assert (ramp(seed, PLAIN).min(), ramp(seed, PLAIN).max()) == (0, 1)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("slices", [2, 8, 40])
def test_a_gap_is_a_third_to_two_thirds_of_the_sweep(seed: int, slices: int) -> None:
    even = np.linspace(0.0, 1.0, slices, dtype=np.float32)
    found = changed(replace(PLAIN, gap=1.0), seed, even)
    widest = np.diff(np.concatenate(([0.0], found, [1.0]))).max()
    assert widest >= 0.33 - 1e-6
    if slices == 40:
        assert widest < 0.75


@pytest.mark.parametrize("seed", range(20))
def test_doubled_slices_share_their_position(seed: int) -> None:
    found = changed(replace(PLAIN, doubled=1.0), seed)
    assert set(found.tolist()) <= set(EVEN.tolist())
    assert any(len(set(changed(replace(PLAIN, doubled=1.0), s).tolist())) < 12 for s in (seed, seed + 1))


def test_uneven_slices_are_denser_towards_either_end() -> None:
    steps = [np.diff(changed(replace(PLAIN, uneven=1.0), seed)) for seed in range(30)]
    assert all(step.max() > 1.5 * step.min() for step in steps)
    assert len({bool(step[0] < step[-1]) for step in steps}) == 2


def test_partial_scenes_reach_beyond_the_sweep_on_both_sides() -> None:
    found = [ramp(seed, replace(PLAIN, partial=1.0)) for seed in range(40)]
    lows, highs = np.array([v.min() for v in found]), np.array([v.max() for v in found])
    assert (lows <= 0).all()
    assert (highs >= 1).all()
    assert np.mean((lows < 0) | (highs > 1)) > 0.8
    assert lows.min() < -0.2
    assert highs.max() > 1.2
    assert lows.min() >= -FARTHEST_BEYOND
    assert highs.max() <= 1 + FARTHEST_BEYOND


def test_narrow_scenes_lie_within_a_part_of_the_sweep() -> None:
    for seed in range(20):
        found = ramp(seed, replace(PLAIN, narrow=1.0))
        assert found.min() >= 0
        assert found.max() <= 1
        assert 0.25 <= np.ptp(found) <= 0.7 + 1e-6
