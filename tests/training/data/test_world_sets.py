"""Stacks of the varied world, and the fixed sets that judge it."""

import re
from dataclasses import fields, replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from focstream.types import InputError
from tests.training.data.pictures import make_nyu, make_textures
from tests.training.data.test_render import one_stack, settings
from training.data.batches import Sampling
from training.data.blender.depth_files import encoded
from training.data.dataset_files import read_shards
from training.data.random_stack import RECIPES, Recipe
from training.data.render import render
from training.data.render_settings import shares_of
from training.data.sources import blender
from training.data.validation_sets import ValidationSettings, plain_sets, render_validation
from training.data.world.faults import SOUND
from training.data.world.shares import PLAIN, VARIED
from training.data.world_sets import world_sets
from training.learning.validate import validation_batches


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_textures(make_nyu(tmp_path_factory.mktemp("data"), numbers=(0, 1, 1304, 1305)))


@pytest.mark.parametrize(
    ("source", "levels", "contrasts", "truth"),
    [
        ("nyu", [122.53, 122.24, 121.83, 121.34], [6.78, 4.35, 5.47, 9.74], 0.4794),
        ("procedural", [115.71, 115.51, 115.37, 115.38], [13.32, 14.70, 18.37, 20.66], 0.4538),
    ],
)
def test_the_plain_world_renders_as_it_did_before_there_were_others(
    data: Path, tmp_path: Path, source: str, levels: list[float], contrasts: list[float], truth: float
) -> None:
    made = make_textures(make_nyu(tmp_path))  # the numbers are those of the pictures that it makes by default
    stack = one_stack(settings(made, source=source), seed=[7, 3])
    np.testing.assert_allclose(stack.images.mean(axis=(1, 2, 3)), levels, atol=0.02)
    np.testing.assert_allclose(stack.images.std(axis=(1, 2, 3)), contrasts, atol=0.02)
    assert stack.truth.mean() == pytest.approx(truth, abs=2e-4)
    assert not stack.finished


def test_stacks_of_the_varied_world_repeat(data: Path) -> None:
    for seed in range(4):
        one, other = (
            one_stack(settings(data, source="scenes", world="varied"), seed=seed, recipe=RECIPES["varied"])
            for _ in range(2)
        )
        np.testing.assert_array_equal(one.images, other.images)
        np.testing.assert_array_equal(one.coordinates, other.coordinates)
        np.testing.assert_array_equal(one.truth, other.truth)


def test_the_world_named_in_the_settings_is_rendered(data: Path, tmp_path: Path) -> None:
    some = settings(data, source="scenes", count=2, out=tmp_path / "plain")
    render(some)
    render(replace(some, world="varied", out=tmp_path / "varied"))
    plain, varied = (read_shards(tmp_path / name)[0] for name in ("plain", "varied"))
    assert not np.array_equal(plain.images, varied.images)


@pytest.mark.parametrize("name", ["polygon", "points", "cats_eye", "astigmatic", "spherical", "gap"])
def test_an_effect_leaves_the_scene_as_it_is(data: Path, name: str) -> None:
    recipe = Recipe(world=replace(PLAIN, **{name: 1.0}))
    for source in ("nyu", "procedural", "scenes"):
        plain, changed = (
            one_stack(settings(data, source=source, gain_low_px=12.0), seed=5, recipe=one)
            for one in (Recipe(), recipe)
        )
        np.testing.assert_array_equal(plain.truth, changed.truth)
        assert not np.array_equal(plain.images, changed.images)


def test_truth_lies_beyond_the_sweep_where_things_do(data: Path) -> None:
    recipe = Recipe(world=replace(PLAIN, partial=1.0))
    stacks = [one_stack(settings(data, source="scenes"), seed=seed, recipe=recipe) for seed in range(6)]
    truth = np.concatenate([stack.truth.ravel() for stack in stacks])
    assert truth.min() < -0.05
    assert truth.max() > 1.0
    assert all(0 <= stack.coordinates.min() <= stack.coordinates.max() <= 1 for stack in stacks)


def test_wide_blur_is_rendered_with_the_margin_that_it_needs(data: Path) -> None:
    recipe = Recipe(world=replace(PLAIN, wide=1.0, points=1.0, partial=1.0, astigmatic=1.0))
    stack = one_stack(settings(data, source="scenes", slices=2), seed=2, recipe=recipe)
    assert 48 <= stack.blur_gain_px <= 96
    assert stack.images.shape == (2, 32, 32, 3)


def test_free_sources_need_no_photographs(tmp_path: Path) -> None:
    some = settings(tmp_path, source="free", split="validation")
    assert set(shares_of(some)) == {"scenes", "relief"}
    for seed in range(4):
        one_stack(some, seed=seed)
    assert set(shares_of(replace(some, split="train"))) == {"scenes", "relief", "icl"}
    (tmp_path / "blender").mkdir()
    shares = shares_of(replace(some, split="train"))
    assert set(shares) == {"blender", "scenes", "relief", "icl"}
    assert sum(shares.values()) == pytest.approx(1.0)


def test_rendered_pictures_without_depth_are_infinitely_far(tmp_path: Path) -> None:
    for name in ("rgb", "depth"):
        (tmp_path / "blender" / name).mkdir(parents=True)
    depth_m = np.full((60, 80), 2.0, np.float32)
    depth_m[30:] = 0.5
    depth_m[:20] = np.nan
    for number in range(10):
        cv2.imwrite(str(tmp_path / f"blender/rgb/{number:04d}.png"), np.zeros((60, 80, 3), np.uint8))
        cv2.imwrite(str(tmp_path / f"blender/depth/{number:04d}.png"), encoded(depth_m))
    train, held_out = (blender(tmp_path, held_out=h) for h in (False, True))
    assert held_out.files == ("0004", "0009")  # by number, so that a set which grows keeps them apart
    assert not set(train.files) & set(held_out.files)
    assert len(train.files) == 8
    nearness = train.read("0000").nearness
    assert (nearness[:20] == 0).all()
    np.testing.assert_allclose(nearness[20:30], 0.25, atol=1e-5)
    assert (nearness[30:] == 1).all()


def test_every_effect_has_a_set_of_its_own_beside_the_old_ones() -> None:
    old, new = [one.name for one in plain_sets()], [one.name for one in world_sets()]
    assert old == [
        *("nyu_4", "procedural_4", "nyu", "procedural", "nyu_16", "procedural_16"),
        *("nyu_gain_2_8", "procedural_gain_2_8", "nyu_gain_24_40", "procedural_gain_24_40"),
    ]
    assert len(set(new)) == len(new)
    for effect in (
        "disc",
        "polygon",
        "points",
        "gap",
        "partial",
        "dark_floors",
        "soft",
        "jpeg",
        "noise",
        "lost",
    ):
        assert f"world_{effect}" in new


def test_only_the_sets_asked_for_are_rendered(data: Path, tmp_path: Path) -> None:
    some = ValidationSettings(data=data, out=tmp_path, count=4, workers=1, sets=("world_jpeg", "world_d*r*"))
    render_validation(some)
    assert sorted(place.name for place in tmp_path.iterdir()) == ["world_dark_floors", "world_jpeg"]
    (jpeg,) = read_shards(tmp_path / "world_jpeg")
    assert jpeg.finished
    assert len(jpeg) == 1
    assert not read_shards(tmp_path / "world_dark_floors")[0].finished
    with pytest.raises(InputError, match="fits none of nyu_4"):
        render_validation(replace(some, sets=("wrold*",)))


def test_finished_stacks_get_no_more_noise_when_they_are_judged(data: Path, tmp_path: Path) -> None:
    some = settings(data, source="scenes", out=tmp_path / "finished", count=2)
    render(some, Recipe(faults=replace(SOUND, compressed=1.0)))
    render(replace(some, out=tmp_path / "plain"))
    for name, is_same in (("finished", True), ("plain", False)):
        stored = np.sort(read_shards(tmp_path / name)[0].images, axis=1)
        (batch,) = validation_batches(tmp_path / name)
        judged = np.sort(batch.images.numpy().transpose(0, 1, 3, 4, 2), axis=1)
        assert np.array_equal(judged, stored) == is_same


def test_the_docs_state_the_shares_that_are_drawn() -> None:
    page = (Path(__file__).parents[3] / "docs/train/training.md").read_text(encoding="utf-8")
    stated = {
        title: dict(
            re.findall(r"^\| `(\w+)` \| (\d+) % \|", page.split(f"### {title}")[1].split("###")[0], re.M)
        )
        for title in ("The varied world", "Image faults")
    }
    for title, shares, without in (
        ("The varied world", VARIED, set()),
        (
            "Image faults",
            Sampling(),
            {"noise", "batch", "slices_low", "slices_high", "usual", "many", "full_gain_px"},
        ),
    ):
        drawn = {one.name: f"{100 * getattr(shares, one.name):.0f}" for one in fields(shares)}
        assert stated[title] == {name: share for name, share in drawn.items() if name not in without}
