import numpy as np
import pytest

from capture.simulator.scenes.kinds import SCENES, make_scene
from focstream.types import InputError

SMALL = {"width_px": 160, "height_px": 120}


@pytest.mark.parametrize("kind", SCENES)
def test_a_scene_fills_its_range_and_has_truth_everywhere(kind: str) -> None:
    scene = make_scene(kind, 3, **SMALL)
    truth = scene.truth_vergence_dpt
    assert truth.shape == scene.textured.shape == scene.image_shape == (120, 160)
    assert np.isfinite(truth).all()
    assert 0.5 <= truth.min() < 0.9
    assert 4.0 < truth.max() <= 4.5
    assert scene.textured.mean() > 0.5
    for surface in scene.surfaces:
        assert surface.radiance.dtype == surface.coverage.dtype == surface.vergence_dpt.dtype == np.float32
        assert np.isfinite(surface.vergence_dpt).all()
        assert 0.0 <= surface.radiance.min() <= surface.radiance.max() <= 1.0


@pytest.mark.parametrize("kind", SCENES)
def test_the_seed_decides_the_scene(kind: str) -> None:
    first, again, other = (make_scene(kind, seed, width_px=64, height_px=48) for seed in (0, 0, 1))
    assert len(first.surfaces) == len(again.surfaces)
    for one, two in zip(first.surfaces, again.surfaces, strict=True):
        np.testing.assert_array_equal(one.radiance, two.radiance)
        np.testing.assert_array_equal(one.vergence_dpt, two.vergence_dpt)
    shared = first.surfaces[0].radiance, other.surfaces[0].radiance
    assert not np.array_equal(*shared)


def test_surfaces_are_whole_behind_nearer_ones() -> None:
    background = make_scene("fence", 0, **SMALL).surfaces[0]
    assert background.coverage.min() == 1.0
    assert background.radiance.min() > 0.0


def test_colour_and_grey_show_the_same_depth() -> None:
    grey, colour = (make_scene("cards", 0, colour=c, **SMALL) for c in (False, True))
    assert colour.surfaces[0].radiance.shape == (*grey.surfaces[0].radiance.shape, 3)
    np.testing.assert_array_equal(grey.truth_vergence_dpt, colour.truth_vergence_dpt)


def test_mixed_has_places_without_texture() -> None:
    textured = [make_scene("mixed", seed, **SMALL).textured for seed in range(3)]
    assert min(np.count_nonzero(~known) for known in textured) > 200


@pytest.mark.parametrize(
    ("kind", "changes", "message"),
    [
        ("desert", {}, "choose one of"),
        ("cards", {"far_dpt": 5.0}, "far_dpt < near_dpt"),
        ("cards", {"width_px": 8}, "at least 16"),
    ],
)
def test_what_cannot_be_made_is_refused(kind: str, changes: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        make_scene(kind, 0, **(SMALL | changes))


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(InputError, match="seed"):
        make_scene("cards", -1, **SMALL)
