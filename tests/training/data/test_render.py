from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from focstream.types import InputError
from tests.training.data.pictures import make_nyu, make_textures
from training.data.dataset_files import read_shards
from training.data.layering import layer_picture, spread_colours
from training.data.random_stack import Recipe, random_stack
from training.data.render import render
from training.data.render_settings import RenderSettings
from training.data.sources import NYU_TRAIN, NYU_VALIDATION, fill_holes, nyu
from training.data.stack import Stack, margin_of, random_coordinates, render_stack

PLAINLY = Recipe()


def settings(data: Path, **changes: object) -> RenderSettings:
    base = RenderSettings(data=data, out=data / "out", count=3, shard=2, size_px=32, slices=4, workers=1)
    return replace(base, **changes)


def one_stack(settings: RenderSettings, *, seed: int | list[int] = 0, recipe: Recipe = PLAINLY) -> Stack:
    return random_stack(
        np.random.default_rng(seed), settings, recipe=recipe, effects=np.random.default_rng(seed)
    )


def test_the_split_keeps_rooms_apart(tmp_path: Path) -> None:
    data = make_nyu(tmp_path)
    assert nyu(data, NYU_TRAIN).files == ("0000", "0001")
    assert nyu(data, NYU_VALIDATION).files == ("1304",)


@pytest.mark.parametrize("source", ["procedural", "nyu"])
def test_shards_are_complete_and_repeatable(tmp_path: Path, source: str) -> None:
    data = make_textures(make_nyu(tmp_path))
    render(settings(data, source=source))
    shards = read_shards(data / "out")
    assert [len(shard) for shard in shards] == [2, 1]
    images = np.array(shards[0].images)
    assert images.shape == (2, 4, 32, 32, 3)
    truth = np.asarray(shards[0].truth, np.float32)
    assert np.nanmin(truth) >= 0
    assert np.nanmax(truth) <= 1
    render(settings(data, source=source, out=data / "again"))
    np.testing.assert_array_equal(read_shards(data / "again")[0].images, images)


def test_what_is_there_is_not_rendered_again(tmp_path: Path) -> None:
    data = make_textures(tmp_path)
    render(settings(data, source="procedural"))
    first = sorted((data / "out").iterdir())[0]
    stamp = first.stat().st_mtime_ns
    render(settings(data, source="procedural", count=5))
    assert first.stat().st_mtime_ns == stamp
    assert sum(len(shard) for shard in read_shards(data / "out")) >= 4


def test_missing_data_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--data must name the folder"):
        one_stack(settings(tmp_path, source="nyu"))
    with pytest.raises(InputError, match="no photographs"):
        one_stack(settings(tmp_path / "other", source="procedural"))
    with pytest.raises(InputError, match="no rendered stacks"):
        read_shards(tmp_path)


def test_a_layered_picture_in_focus_is_the_picture() -> None:
    gain_px = 12.0
    side = 40 + 2 * margin_of(gain_px)
    random = np.random.default_rng(0)
    radiance = cv2.GaussianBlur(random.random((side, side, 3)).astype(np.float32), (0, 0), 2.0)
    coordinate = np.full((side, side), 0.1, np.float32)
    coordinate[:, side // 2 :] = 0.9
    surfaces = layer_picture(radiance, coordinate, layers=8, reach_px=8)
    stack = render_stack(
        surfaces, coordinates=np.array([0.1, 0.9], np.float32), blur_gain_px=gain_px, exposure=1.0
    )
    margin = margin_of(gain_px)
    sharp = np.power(radiance[margin:-margin, margin:-margin], 1 / 2.2) * 255
    left, right = slice(0, 10), slice(30, 40)
    for index, columns in ((0, left), (1, right)):
        assert np.abs(stack.images[index][:, columns] - sharp[:, columns]).mean() < 2.5
    for index, columns in ((1, left), (0, right)):  # out of focus, the detail is gone
        assert stack.images[index][:, columns].std() < 0.8 * sharp[:, columns].std()
    np.testing.assert_allclose(stack.truth, coordinate[margin:-margin, margin:-margin], atol=1e-6)


def test_layers_leave_no_hole_in_a_slanted_plane() -> None:
    gain_px = 16.0
    side = 48 + 2 * margin_of(gain_px)
    slope = np.broadcast_to(np.linspace(0, 1, side, dtype=np.float32), (side, side)).copy()
    surfaces = layer_picture(np.full((side, side, 3), 0.5, np.float32), slope, layers=10, reach_px=9)
    stack = render_stack(
        surfaces, coordinates=np.linspace(0, 1, 3, dtype=np.float32), blur_gain_px=gain_px, exposure=1.0
    )
    flat = round(255 * 0.5 ** (1 / 2.2))
    assert np.abs(stack.images.astype(int) - flat).max() <= 2


def test_colours_spread_from_where_they_are_known() -> None:
    values = np.zeros((32, 32, 1), np.float32)
    values[:, :16] = 0.7
    mask = np.zeros((32, 32), np.float32)
    mask[:, :16] = 1.0
    np.testing.assert_allclose(spread_colours(values, mask), 0.7, atol=1e-3)


def test_holes_take_the_farther_neighbour() -> None:
    disparity = np.array([[0, 5, 0, 3, 0], [0, 0, 9, 0, 0]], np.uint8)
    np.testing.assert_array_equal(fill_holes(disparity), [[5, 5, 3, 3, 3], [9, 9, 9, 9, 9]])


@pytest.mark.parametrize("seed", range(20))
def test_coordinates_ascend_within_the_sweep(seed: int) -> None:
    coordinates = random_coordinates(np.random.default_rng(seed), slices=7)
    assert (np.diff(coordinates) >= 0).all()
    assert coordinates.min() >= 0
    assert coordinates.max() <= 1


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_cluster_renders_the_same_to_the_bit(tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="needs Ray: pip install -e '.[cluster]'")
    data = make_textures(make_nyu(tmp_path))
    render(settings(data, source="nyu"))
    render(settings(data, source="nyu", out=data / "again", cluster=(), workers=2))
    alone, shared = (sorted((data / name).rglob("*.npy")) for name in ("out", "again"))
    assert [path.relative_to(data / "out") for path in alone] == [
        path.relative_to(data / "again") for path in shared
    ]
    assert [path.read_bytes() for path in alone] == [path.read_bytes() for path in shared]


@pytest.mark.slow
def test_a_cluster_that_is_none_renders_nothing(tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="needs Ray: pip install -e '.[cluster]'")
    data = make_textures(make_nyu(tmp_path))
    with pytest.raises(InputError, match=r"--cluster 127\.0\.0\.1:1: Connection refused"):
        render(settings(data, source="nyu", cluster="127.0.0.1:1"))
