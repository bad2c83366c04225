import cv2
import numpy as np
import pytest

from training.data.world.scenes import relief_picture, scene_surfaces, without_texture
from training.data.world.textures import PATTERNS, dark_texture, octaves, random_texture

SIDE = 120


@pytest.mark.parametrize("pattern", sorted(set(PATTERNS), key=lambda pattern: pattern.__name__))
@pytest.mark.parametrize("size_px", [40, 160])
def test_patterns_have_contrast_and_repeat(pattern, size_px: int) -> None:
    for seed in range(4):
        found = pattern(np.random.default_rng(seed), size_px)
        assert found.shape == (size_px, size_px)
        assert found.dtype == np.float32
        assert found.min() >= -0.01
        assert found.max() <= 1.01
        assert found.std() > 0.02
        np.testing.assert_array_equal(found, pattern(np.random.default_rng(seed), size_px))


def test_textures_are_light_and_some_are_plain_and_some_dark() -> None:
    found = [random_texture(np.random.default_rng(seed), 64) for seed in range(80)]
    assert all(np.isfinite(t).all() and t.min() >= 0 and t.max() <= 1 for t in found)
    detail = np.array([np.abs(np.diff(t, axis=1)).mean() / (t.mean() + 1e-3) for t in found])
    assert 0.05 < np.mean(detail < 0.01) < 0.7
    assert np.mean([t.mean() < 0.05 for t in found]) > 0.03


def test_rougher_noise_has_more_fine_detail() -> None:
    smooth, rough = (octaves(np.random.default_rng(1), 128, roughness=r) for r in (0.3, 1.0))
    assert np.abs(np.diff(rough)).mean() > 3 * np.abs(np.diff(smooth)).mean()


@pytest.mark.parametrize("seed", range(12))
def test_scenes_lie_far_to_near_in_front_of_a_whole_background(seed: int) -> None:
    surfaces = scene_surfaces(np.random.default_rng(seed), size_px=SIDE)
    again = scene_surfaces(np.random.default_rng(seed), size_px=SIDE)
    assert surfaces[0].coverage.min() == 1
    for one, other in zip(surfaces, again, strict=True):
        np.testing.assert_array_equal(one.radiance, other.radiance)
        assert one.radiance.shape == (SIDE, SIDE, 3)
        assert one.vergence_dpt.min() >= 0
        assert one.vergence_dpt.max() <= 1
        assert 0 <= one.coverage.min() <= one.coverage.max() <= 1


@pytest.mark.parametrize("seed", range(8))
def test_dark_floors_are_dark_plain_and_slope_towards_the_viewer(seed: int) -> None:
    wall, floor, *_ = scene_surfaces(np.random.default_rng(seed), size_px=SIDE, dark_floor=True)
    for surface in (wall, floor):
        assert surface.radiance.mean() < 0.15
        assert surface.radiance.std() < 0.5 * surface.radiance.mean()
    assert floor.vergence_dpt[-1].mean() > floor.vergence_dpt[SIDE // 2].mean() + 0.1
    assert dark_texture(np.random.default_rng(seed), 32).max() < 0.2


def test_rough_surfaces_have_relief_and_texture_everywhere() -> None:
    for seed in range(12):
        picture = relief_picture(np.random.default_rng(seed), size_px=SIDE)
        assert picture.nearness.min() > 0
        assert np.ptp(picture.nearness) > 0.2
        light = picture.radiance.mean(axis=2)
        mean = cv2.blur(light, (17, 17))
        contrast = np.sqrt(np.maximum(cv2.blur(light * light, (17, 17)) - mean**2, 0)) / (mean + 1e-4)
        assert np.mean(contrast > 0.02) > 0.9


def test_taking_texture_out_leaves_edges() -> None:
    random = np.random.default_rng(0)
    radiance = np.full((SIDE, SIDE, 3), 0.2, np.float32)
    radiance[:, SIDE // 2 :] = 0.8
    radiance += random.normal(0.0, 0.02, radiance.shape).astype(np.float32)
    whole = 0
    for seed in range(40):
        plain = without_texture(np.random.default_rng(seed), radiance)
        if np.mean(np.abs(plain - radiance).mean(axis=2) > 0.001) < 0.97:
            continue  # only a part of the picture was chosen
        whole += 1
        level = plain[:, SIDE // 2 :].mean() / 0.8
        left, right = plain[10:40, 10:40], plain[10:40, -40:-10]
        assert left.std() < 0.5 * level * 0.02
        assert right.mean() - left.mean() == pytest.approx(0.6 * level, rel=0.1)
        columns = plain.mean(axis=(0, 2))
        assert columns[SIDE // 2 + 2] - columns[SIDE // 2 - 3] > 0.5 * level  # and the edge is as sharp
    assert whole >= 5
