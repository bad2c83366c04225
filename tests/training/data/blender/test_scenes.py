import json
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from focstream.types import InputError
from tests.training.data.blender.blender import BLENDER, needs_blender
from training.__main__ import main
from training.data.blender.depth_files import read_vergence
from training.data.blender.materials import plain
from training.data.blender.meshes import ball, moved, sheet, turned
from training.data.blender.plan import Camera, Lamp, ScenePlan, Setting, Solid
from training.data.blender.scenes import ScenesSettings, make_scene, make_scenes

SIZE_PX = 64
CAMERA = Camera(position_m=(0.0, -2.0, 0.0), target_m=(0.0, 0.0, 0.0), roll_rad=0.0, view_rad=0.8)
TILT = turned(1.0, 0.0, 0.3)
"""Of a wall through the origin."""


def wall_and_ball(*, ball_m: float) -> ScenePlan:
    material = plain(np.random.default_rng(0), 1.0)
    wall = Solid(mesh=moved(sheet(20, 20), (0, 0, 0), TILT), material=material)
    globe = Solid(mesh=moved(ball(ball_m, rings=128, segments=256), (0, -0.8, 0)), material=material)
    setting = Setting(solids=(wall, globe), camera=CAMERA, reach_m=1.0)
    lamp = Lamp(position_m=(1, -2, 3), target_m=(0, 0, 0), diameter_m=0.5, power_w=100, colour=(1, 1, 1))
    return ScenePlan(kind="test", setting=setting, lamps=(lamp,), sky=(0.1, 0.1, 0.1), exposure=0.8)


def rendered(plan: ScenePlan) -> tuple[np.ndarray, np.ndarray]:
    from training.data.blender.studio import studio

    with studio(plan, size_px=SIZE_PX, samples=1) as renderer:
        return renderer.depth_m(), renderer.radiance()


def elsewhere(plan: ScenePlan) -> tuple[np.ndarray, np.ndarray]:
    """Render in a process of its own, as `make_scenes` does."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(rendered, plan).result()


def rays() -> np.ndarray:
    """(H, W, 3) directions through the centres of the pixels, one metre along the camera's axis."""
    across = np.tan(CAMERA.view_rad / 2) * ((np.arange(SIZE_PX) + 0.5) / SIZE_PX * 2 - 1)
    x, z = np.meshgrid(across, -across)
    return np.stack([x, np.ones_like(x), z], axis=-1)


def settings(out: Path, **changes: object) -> ScenesSettings:
    return replace(ScenesSettings(out=out, count=2, size_px=32, samples=1), **changes)


@pytest.mark.slow
@needs_blender
def test_depth_is_planar_exact_and_at_the_centres_of_the_pixels() -> None:
    depth_m, radiance = elsewhere(wall_and_ball(ball_m=0.3))
    direction, origin = rays(), np.array(CAMERA.position_m)
    normal = TILT @ (0.0, 0.0, 1.0)
    wall_m = -(origin @ normal) / (direction @ normal)
    centre = np.array([0, -0.8, 0]) - origin
    along = direction @ centre / (direction**2).sum(axis=-1)
    room = along**2 - (centre @ centre - 0.3**2) / (direction**2).sum(axis=-1)
    on_ball = room > 0
    expected = np.where(on_ball, along - np.sqrt(np.maximum(room, 0)), wall_m)
    inside = np.abs(room) > 0.004  # not at the ball's outline, where its facets show
    assert on_ball.sum() > 200
    assert (~on_ball).sum() > 200
    np.testing.assert_allclose(depth_m[inside & ~on_ball], expected[inside & ~on_ball], rtol=2e-4)
    np.testing.assert_allclose(depth_m[inside & on_ball], expected[inside & on_ball], rtol=2e-3)
    assert np.isfinite(radiance).all()
    assert radiance.max() > 0


@pytest.mark.slow
@needs_blender
def test_a_scene_depends_on_its_number_alone_and_is_made_once(tmp_path: Path) -> None:
    make_scenes(settings(tmp_path / "two", seed=41))
    make_scenes(settings(tmp_path / "one", seed=42, count=1))
    for part in ("rgb", "depth"):
        names = sorted(path.name for path in (tmp_path / "two" / part).iterdir())
        assert names == ["000041.png", "000042.png"]
        assert (tmp_path / "two" / part / "000042.png").read_bytes() == (
            tmp_path / "one" / part / "000042.png"
        ).read_bytes()
    note = json.loads((tmp_path / "two/scenes/000042.json").read_text())
    assert 0.05 < note["near_m"] < note["far_m"] < 100
    assert np.nanmax(read_vergence(tmp_path / "two/depth/000042.png")) == 1.0
    picture = cv2.imread(str(tmp_path / "two/rgb/000042.png"))
    assert picture is not None
    assert picture.shape == (32, 32, 3)
    assert sorted(path.name for path in (tmp_path / "two").iterdir()) == ["depth", "rgb", "scenes"]
    (tmp_path / "two/rgb/000041.png").write_text("kept, for the note is there")
    (tmp_path / "two/scenes/000042.json").unlink()
    (tmp_path / "two/rgb/000042.png").write_text("made again, for it is not")
    make_scenes(settings(tmp_path / "two", seed=41))
    assert (tmp_path / "two/rgb/000041.png").read_text() == "kept, for the note is there"
    assert cv2.imread(str(tmp_path / "two/rgb/000042.png")) is not None


def moved_away(out: Path) -> str:
    """Make a scene in a folder that is not there, and return what is reported."""
    with pytest.raises(InputError) as refused:
        make_scene(settings(out), 42)
    return str(refused.value)


@pytest.mark.slow
@needs_blender
def test_a_folder_that_was_moved_away_is_reported(tmp_path: Path) -> None:
    out = tmp_path / "moved"
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        report = pool.submit(moved_away, out).result()
    assert report.startswith(f"{out}/rgb/000042.png: cannot be written (No such file or directory)")


@pytest.mark.slow
@pytest.mark.skipif(BLENDER, reason="is about a computer without Blender: pip uninstall bpy")
def test_without_blender_one_line_says_what_to_install(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert main(["scenes", "--out", str(tmp_path / "out")]) == 2
    assert 'rendering scenes needs the package bpy; pip install "focstream[blender]"' in caplog.text
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("option", ["count", "size-px", "samples", "workers"])
def test_numbers_that_make_no_sense_are_refused(tmp_path: Path, option: str) -> None:
    name = option.replace("-", "_")
    with pytest.raises(InputError, match=f"^--{option} is 0; it must be at least"):
        make_scenes(settings(tmp_path, **{name: 0}))
    assert "bpy" not in sys.modules
