import json

import cv2
import numpy as np
import pytest

from benchmarks.active.__main__ import Settings, main
from benchmarks.active.moving_scene import FARTHEST, MovingScene
from benchmarks.active.sequences import SweepsOf, maps_of
from benchmarks.active.virtual_lens import RenderedScene
from focstream.types import InputError
from inference.planning.track import TrackPlanner
from inference.sharpness import SharpnessModel
from tests.inference.planning.limits import Limits

LIMITS = Limits(slots=8, good_enough=0.2)


@pytest.fixture(scope="module")
def wide():
    scene = RenderedScene("two distances", 1, width_px=64, height_px=48)
    return MovingScene.rendered(scene, width_px=64, height_px=48)


def test_a_moving_scene_is_as_large_as_one_at_rest_and_its_truth_moves_with_it(wide):
    lens = MovingScene(wide, width_px=64)
    truths = []
    for _ in range(200):
        image, coordinate = lens.at(0.4)
        assert (image.shape, coordinate) == ((48, 64), 0.4)
        truths.append(np.nanmin(lens.truth))
        assert lens.truth.shape == (48, 64)
    assert min(truths) == pytest.approx(0.2, abs=1e-3)
    assert max(truths) == pytest.approx(0.2 + FARTHEST, abs=1e-3)
    assert np.abs(np.diff(truths)).max() < 0.002


def test_what_came_nearer_looks_as_it_did_at_a_focus_farther_away(wide):
    lens = MovingScene(wide, width_px=64)
    for _ in range(20):
        image, _ = lens.at(0.5)
    at_rest, _ = wide.at(0.5 - 0.02)
    columns = at_rest.shape[1] - image.shape[1]
    assert any(np.array_equal(at_rest[:, k : k + 64], image) for k in range(columns))


@pytest.mark.parametrize("rolling", [False, True])
def test_a_sequence_gives_whole_and_shorter_sweeps(wide, rolling):
    way = SweepsOf(name="track", planner=TrackPlanner(LIMITS), slots=8, rolling=rolling)
    lens = MovingScene(wide, width_px=64)
    maps = list(maps_of(lens, SharpnessModel(), way, limits=LIMITS, sweeps=3))
    finals = [update for update in maps if update.final]
    assert [update.tag.sweep_id for update in finals] == [0, 1, 2]
    assert finals[0].slices_seen == 8
    assert max(len(update.slots_taken) for update in finals[1:]) < 8
    assert not any(update.broken for update in finals)
    if rolling:  # every later map has seen all of the sweep before
        before = {update.tag.sweep_id + 1: len(update.slots_taken) for update in finals}
        assert all(u.slices_seen == before[u.tag.sweep_id] + len(u.slots_taken) for u in maps[1:])


def test_the_study_of_sequences_puts_tracked_sweeps_beside_uniform_ones(tmp_path, capsys):
    report = tmp_path / "active.json"
    sizes = {"width_px": 64, "height_px": 48, "slots": 6, "sweeps": 2}
    main(Settings(models=("sharpness",), kinds=("plane",), report=report, **sizes))
    rows = json.loads(report.read_text())["rows"]
    assert {row["scene"] for row in rows} == {"plane", "plane, moving"}
    assert {row["sweep"] for row in rows} == {
        *("track", "track, rolling", "track, rolling, within"),
        *("uniform, 6", "uniform, as track", "gain"),
    }
    assert {row["slices"] for row in rows if row["sweep"] == "uniform, 6"} == {6}
    assert "| sharpness | plane | track |" in capsys.readouterr().out


def test_a_scene_may_fill_a_part_of_the_sweep():
    lens = RenderedScene("tabletop", 1, width_px=64, height_px=48, fills=0.5)
    assert np.nanmin(lens.truth) > 0.24
    assert np.nanmax(lens.truth) < 0.76


def test_the_picture_shows_three_ways_to_sweep(tmp_path):
    file = tmp_path / "active.png"
    sizes = {"width_px": 64, "height_px": 48, "slots": 6}
    main(Settings(models=("sharpness",), kinds=("plane",), picture=file, **sizes))
    picture = cv2.imread(str(file))
    assert picture.shape[1] > 1.5 * picture.shape[0]
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 100


def test_a_picture_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="another --picture"):
        main(
            Settings(
                models=("sharpness",),
                kinds=("plane",),
                width_px=64,
                height_px=48,
                slots=6,
                picture=tmp_path / "file" / "a.png",
            )
        )
