import numpy as np
import pytest

from capture.simulator.optics.breathing import Breathing
from capture.simulator.optics.focus_volume import prerender
from capture.simulator.optics.rendering import render
from focstream.types import InputError
from tests.capture.simulator.scenes.planes import CANVAS, OPTICS, SIZE_PX, noise, plane, scene_of


def test_pictures_on_the_grid_are_those_of_the_renderer() -> None:
    scene = scene_of(plane(noise(0), dpt=1.0))
    volume = prerender(scene, optics=OPTICS, far_dpt=0.5, near_dpt=2.5)
    for focus_dpt in (0.5, 1.0, 2.5):
        expected = render(scene, optics=OPTICS, focus_dpt=focus_dpt)
        # Not exact: the transforms have other sizes, so the edges of the canvas ring a little differently.
        np.testing.assert_allclose(volume.at(focus_dpt), expected, atol=4e-3)


def test_between_the_grid_it_is_close_to_the_renderer() -> None:
    scene = scene_of(plane(noise(0), dpt=1.0))
    volume = prerender(scene, optics=OPTICS, far_dpt=0.5, near_dpt=2.5)
    for focus_dpt in (1.06, 1.57, 2.2):
        error = volume.at(focus_dpt) - render(scene, optics=OPTICS, focus_dpt=focus_dpt)
        assert error.std() < 0.012


def test_the_grid_is_as_fine_as_asked() -> None:
    scene = scene_of(plane(0.5, dpt=1.0))
    volume = prerender(scene, optics=OPTICS, far_dpt=0.5, near_dpt=2.5, grid_step_px=1.0)
    assert len(volume.images) == 17  # 2 dpt of 8 px


def test_beyond_the_grid_the_last_picture_stays() -> None:
    scene = scene_of(plane(noise(0), dpt=1.0))
    volume = prerender(scene, optics=OPTICS, far_dpt=0.5, near_dpt=2.5)
    np.testing.assert_allclose(volume.at(9.0), volume.images[-1], atol=1e-6)
    np.testing.assert_allclose(volume.at(0.0), volume.images[0], atol=1e-6)


def test_limits_out_of_order_are_refused() -> None:
    with pytest.raises(InputError, match="far_dpt < near_dpt"):
        prerender(scene_of(plane(0.5, dpt=1.0)), optics=OPTICS, far_dpt=2.0, near_dpt=1.0)


def centroid_px(image: np.ndarray) -> float:
    weights = image.sum(axis=0)
    return float((weights * np.arange(len(weights))).sum() / weights.sum())


@pytest.mark.parametrize("per_dpt", [0.01, -0.01])
def test_breathing_magnifies_about_the_principal_point(per_dpt: float) -> None:
    spot = np.zeros(CANVAS, np.float32)
    column = CANVAS[1] // 2 + 30
    spot[78:83, column - 2 : column + 3] = 1.0
    scene = scene_of(plane(spot, dpt=1.0))
    breathing = Breathing(per_dpt=per_dpt, reference_dpt=0.5)
    volume = prerender(scene, optics=OPTICS, far_dpt=0.5, near_dpt=2.5, breathing=breathing)
    middle = (SIZE_PX - 1) / 2
    distance_px = centroid_px(volume.at(0.5)) - middle
    assert distance_px == pytest.approx(30.5, abs=0.05)
    for focus_dpt in (1.5, 2.5):
        expected = distance_px * (1.0 + per_dpt * (focus_dpt - 0.5))
        assert centroid_px(volume.at(focus_dpt)) - middle == pytest.approx(
            expected, abs=0.06
        )  # warped in 1/32 px


def test_shrinking_still_fills_the_image() -> None:
    breathing = Breathing(per_dpt=-0.02, reference_dpt=0.5)
    scene = scene_of(plane(0.7, dpt=1.0))
    volume = prerender(scene, optics=OPTICS, far_dpt=0.5, near_dpt=2.5, breathing=breathing)
    np.testing.assert_allclose(volume.images, 0.7, atol=1e-4)
