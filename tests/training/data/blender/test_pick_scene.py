import numpy as np
import pytest

from training.data.blender.pick_scene import exposed, lit, worth_a_picture


def slanted(near_m: float, far_m: float) -> np.ndarray:
    return np.linspace(near_m, far_m, 100 * 100, dtype=np.float32).reshape(100, 100)


def test_a_scene_with_a_range_of_depths_is_worth_a_picture() -> None:
    assert worth_a_picture(slanted(1.0, 3.0))


def test_a_flat_one_is_not() -> None:
    assert not worth_a_picture(slanted(1.0, 1.1))


def test_one_with_a_hole_in_its_background_is_not() -> None:
    depth_m = slanted(1.0, 3.0)
    depth_m[:3] = np.nan
    assert not worth_a_picture(depth_m)


def test_one_with_a_leaf_before_the_camera_is_not() -> None:
    depth_m = slanted(1.0, 3.0)
    depth_m[:10, :10] = 0.02
    assert not worth_a_picture(depth_m)


def test_one_hidden_by_a_single_thing_is_not() -> None:
    depth_m = slanted(1.0, 3.0)
    depth_m[:70] = 1.0
    assert not worth_a_picture(depth_m)


def test_exposure_brings_the_brightest_twentieth_to_its_level() -> None:
    radiance = np.random.default_rng(0).uniform(0, 700, (50, 50, 3)).astype(np.float32)
    result = exposed(radiance, level=0.6)
    assert np.percentile(result.max(axis=-1), 95) == pytest.approx(0.6, rel=1e-5)
    assert not exposed(np.zeros_like(radiance), level=0.6).any()


def test_a_picture_from_within_a_box_is_not_lit() -> None:
    picture = np.zeros((10, 10, 3), np.uint8)
    picture[:4] = 200
    assert not lit(picture)
    picture[:7] = 200
    assert lit(picture)
