import numpy as np
import pytest

from training.data.blender.draw_scene import KINDS, SHARES, draw_scene
from training.data.blender.plan import ScenePlan


def everything(plan: ScenePlan) -> tuple[object, ...]:
    """What decides the picture, in a form that compares."""
    solids = [
        (solid.mesh.points.tobytes(), solid.mesh.faces, solid.material, solid.smooth, solid.bevel_m)
        for solid in plan.setting.solids
    ]
    return solids, plan.kind, plan.setting.camera, plan.lamps, plan.sky, plan.exposure


def test_a_number_always_draws_the_same_scene() -> None:
    assert everything(draw_scene(5)) == everything(draw_scene(5))
    assert everything(draw_scene(5)) != everything(draw_scene(6))


def test_another_attempt_is_another_scene_of_the_same_kind() -> None:
    first, second = draw_scene(7, 0), draw_scene(7, 1)
    assert first.kind == second.kind
    assert everything(first) != everything(second)


def test_every_kind_has_a_share_and_is_drawn_by_it() -> None:
    assert set(SHARES.of) == set(KINDS)
    assert sum(SHARES.of.values()) == pytest.approx(1.0)
    drawn = [SHARES.draw(np.random.default_rng(number)) for number in range(4000)]
    for kind, share in SHARES.of.items():
        assert drawn.count(kind) / 4000 == pytest.approx(share, abs=0.025)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(4))
def test_a_setting_is_whole_and_before_the_camera(kind: str, seed: int) -> None:
    setting = KINDS[kind](np.random.default_rng([seed, 99]))
    camera = setting.camera
    ahead = np.subtract(camera.target_m, camera.position_m)
    for solid in setting.solids:
        assert np.isfinite(solid.mesh.points).all()
        assert {k for face in solid.mesh.faces for k in face} <= set(range(len(solid.mesh.points)))
        assert len(solid.material.colours) == 3
        assert all(0 < part <= 1 for colour in solid.material.colours for part in colour)
    points = np.concatenate([solid.mesh.points for solid in setting.solids])
    assert ((points - camera.position_m) @ ahead > 0).any()
    assert 0.3 < camera.view_rad < 1.4
    assert camera.position_m[2] > 0 or kind in ("shelf", "plant", "grille")


def test_lamps_of_a_room_are_below_its_ceiling() -> None:
    rooms = [plan for plan in map(draw_scene, range(40)) if plan.kind == "room"]
    assert len(rooms) > 2
    for plan in rooms:
        assert plan.setting.ceiling_m is not None
        assert all(lamp.position_m[2] < plan.setting.ceiling_m for lamp in plan.lamps)
