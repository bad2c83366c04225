from functools import cache

import numpy as np
import pytest

import focstream
from calibration.apply.confidence import Confidence
from calibration.apply.flying_pixels import counts_in_cloud, flying_pixels
from capture.simulator.config import SimulatorConfig
from capture.simulator.rig import open_simulator


def test_what_is_between_two_surfaces_is_cut_and_both_surfaces_stay():
    row = np.concatenate([np.full(20, 0.2), [0.3, 0.4, 0.5, 0.6], np.full(20, 0.7)]).astype(np.float32)
    coordinate = np.tile(row, (30, 1))
    flying = flying_pixels(coordinate, np.full_like(coordinate, 0.01))
    np.testing.assert_array_equal(flying, np.tile((row > 0.25) & (row < 0.65), (30, 1)))


@pytest.mark.parametrize("slope", [0.001, 0.01, 0.05])
def test_slanted_surfaces_stay(slope):
    coordinate = np.tile(np.arange(60, dtype=np.float32) * np.float32(slope), (40, 1))
    flying = flying_pixels(coordinate, np.full_like(coordinate, 0.002))
    assert not flying.any()


def test_noise_and_places_without_depth_are_no_edges():
    random = np.random.default_rng(0)
    coordinate = random.normal(0.5, 0.01, (60, 60)).astype(np.float32)
    coordinate[20:40, 20:40] = np.nan
    assert not flying_pixels(coordinate, np.full_like(coordinate, 0.02)).any()
    none = np.full((8, 8), np.nan, np.float32)
    assert not flying_pixels(none, none).any()


@cache
def map_and_truth(scene, seed):
    sim = {"scene": scene, "seed": seed, "width_px": 320, "height_px": 240}
    with focstream.open_depth(camera="sim", sim=sim, sweeps=1, model="sharpness") as maps:
        *_, update = maps
    truth_dpt = np.asarray(open_simulator(SimulatorConfig.model_validate(sim))[2], np.float32)
    return update, update.scale.to_coordinate(truth_dpt)


def far_share(update, truth, counts, *, window_px=16):
    """Share of points that are farther than 3 σ from every true surface within so many pixels.

    To the sides 3 σ are many more pixels than that: 24 mm, of which a pixel has a quarter.
    """
    coordinate = update.coordinate
    height, width = coordinate.shape
    padded = np.pad(truth, window_px, constant_values=np.nan)
    nearest = np.full(coordinate.shape, np.inf, np.float32)
    for down in range(2 * window_px + 1):
        for across in range(2 * window_px + 1):
            there = padded[down : down + height, across : across + width]
            nearest = np.fmin(nearest, np.abs(coordinate - there))
    far = nearest > 3 * update.coordinate_sigma
    return float(np.mean(far[counts]))


@pytest.mark.parametrize(("scene", "seed"), [("cards", 1), ("tabletop", 2), ("mixed", 3)])
def test_at_most_one_point_in_a_hundred_is_on_no_surface(scene, seed):
    update, truth = map_and_truth(scene, seed)
    args = (update.coordinate, update.coordinate_sigma, update.scale)
    counts = counts_in_cloud(*args, Confidence())
    sure = Confidence().is_sure(*args)
    assert far_share(update, truth, counts) <= 0.01
    assert np.sum(counts) > 0.9 * np.sum(sure)


def test_the_cut_is_what_makes_the_difference():
    update, truth = map_and_truth("cards", 1)
    args = (update.coordinate, update.coordinate_sigma, update.scale)
    sure, counts = Confidence().is_sure(*args), counts_in_cloud(*args, Confidence())
    assert far_share(update, truth, sure) > 0.02
    assert far_share(update, truth, counts) < 0.01
