from dataclasses import fields, replace

import numpy as np
import pytest

from tests.training.data.world.point_pictures import SIDE, moments, point_picture
from training.data.world.bokeh import Bokeh
from training.data.world.lens import DISC, LARGEST_ASTIGMATISM, WIDEST_RANGES, random_field
from training.data.world.shares import PLAIN, VARIED, World
from training.data.world.sweep import FARTHEST_BEYOND

LENSES = ["polygon", "ring", "square", "gaussian", "points", "spherical", "cats_eye", "astigmatic"]


def drawn(world: World, seed: int) -> Bokeh:
    part, *_ = random_field(np.random.default_rng(seed), world, gain_px=24.0, size_px=SIDE)
    assert isinstance(part.blur, Bokeh)
    return part.blur


def test_without_shares_the_lens_is_a_disc() -> None:
    for seed in range(10):
        assert random_field(np.random.default_rng(seed), PLAIN, gain_px=24.0, size_px=64) is DISC


@pytest.mark.parametrize("name", LENSES)
def test_a_share_of_one_draws_it_always(name: str) -> None:
    for seed in range(10):
        blur = drawn(replace(PLAIN, **{name: 1.0}), seed)
        if name == "spherical":
            assert blur.nearer.spherical == -blur.farther.spherical != 0
        elif name == "cats_eye":
            assert blur.nearer.cut == blur.farther.cut != (0.0, 0.0)
        elif name == "astigmatic":
            assert 0 < blur.astigmatism <= LARGEST_ASTIGMATISM
        else:
            assert blur.nearer.shape == name or (name == "points" and blur.nearer.shape == "cross")


def test_every_number_of_blades_and_points_is_drawn() -> None:
    polygons = {drawn(replace(PLAIN, polygon=1.0), seed).nearer.blades for seed in range(60)}
    points = {drawn(replace(PLAIN, points=1.0), seed).nearer.points for seed in range(80)}
    assert polygons == set(range(5, 10))
    assert points == set(range(2, 10))


def test_shares_of_lenses_come_out_as_asked_for() -> None:
    random = np.random.default_rng(0)
    count = 400
    blurs = [random_field(random, VARIED, gain_px=8.0, size_px=16)[0].blur for _ in range(count)]
    shapes = ["disc" if blur is None else blur.nearer.shape for blur in blurs]  # type: ignore[attr-defined]
    for shape in ("polygon", "ring", "square", "gaussian"):
        share = getattr(VARIED, shape)
        assert shapes.count(shape) / count == pytest.approx(share, abs=4 * np.sqrt(share / count))


def test_all_of_a_world_are_shares() -> None:
    for world in (PLAIN, VARIED):
        assert all(0.0 <= getattr(world, one.name) <= 1.0 for one in fields(World))
    assert VARIED.polygon + VARIED.ring + VARIED.square + VARIED.gaussian + VARIED.points < 1


def test_no_scene_is_farther_out_of_focus_than_lenses_are_made_for() -> None:
    assert 1.0 + FARTHEST_BEYOND + LARGEST_ASTIGMATISM / 2 <= WIDEST_RANGES


def test_a_cats_eye_that_grows_is_round_in_the_middle_and_narrow_towards_the_corners() -> None:
    seeds = range(200)
    world = replace(PLAIN, cats_eye=1.0)
    drawn_fields = (random_field(np.random.default_rng(s), world, gain_px=24.0, size_px=SIDE) for s in seeds)
    field = next(found for found in drawn_fields if len(found) == 9 and _strength(found) > 0.7)
    np.testing.assert_allclose(sum(part.share for part in field), 1.0, atol=1e-6)
    middle = point_picture(field, defocus=1.0, gain_px=24.0)
    low, high = np.linalg.eigvalsh(moments(middle)[1])
    assert low > 0.9 * high
    corner = point_picture(field, defocus=1.0, gain_px=24.0, at=(SIDE - 14, SIDE - 14))
    assert corner.sum() == pytest.approx(1.0, abs=0.05)
    values, vectors = np.linalg.eigh(moments(corner)[1])
    assert values[0] < 0.8 * values[1]
    assert abs(vectors[:, 0] @ np.array([1.0, 1.0]) / np.sqrt(2)) > 0.98  # narrow towards the corner


def _strength(field: tuple) -> float:
    return float(np.hypot(*field[0].blur.nearer.cut))
