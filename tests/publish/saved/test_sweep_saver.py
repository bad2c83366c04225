import errno
import json
import os
import resource
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from calibration.apply.confidence import Confidence
from focstream.types import InputError
from publish.saved.sweep_folder import SweepFolder
from publish.saved.sweep_saver import SweepSaver
from tests.calibration.apply.test_point_cloud import parse
from tests.publish.updates import HOLE, LID, MICROSCOPE, SCALE, TO_INFINITY, an_update


def saved(folder, update):
    with SweepSaver(folder) as saver:
        saver.write(update)
    return folder / "sweep_000"


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_everything_of_a_metric_sweep_reads_back(tmp_path):
    update = an_update(scale=TO_INFINITY)
    with SweepSaver(tmp_path / "new" / "deep", cloud=None) as saver:
        saver.write(update)
    folder = tmp_path / "new" / "deep" / "sweep_000"
    depth = np.load(folder / "depth.npy")
    assert depth.dtype == np.float32
    assert np.array_equal(depth, update.depth(), equal_nan=True)
    assert np.load(folder / "sigma.npy").shape == depth.shape
    depth_mm = cv2.imread(str(folder / "depth_mm.png"), cv2.IMREAD_UNCHANGED)
    assert depth_mm.dtype == np.uint16
    assert np.array_equal(depth_mm == 0, np.isnan(depth))
    assert (depth_mm[np.isposinf(depth)] == 65_535).all()
    finite = np.isfinite(depth) & (depth < 65)
    assert np.allclose(depth_mm[finite], depth[finite] * 1000, atol=0.5)
    assert np.array_equal(cv2.imread(str(folder / "all_in_focus.png")), update.all_in_focus)
    assert cv2.imread(str(folder / "depth.png")) is not None
    assert len(parse((folder / "cloud.ply").read_bytes())) == np.isfinite(depth).sum()


def test_it_says_once_how_many_sweeps_fit(tmp_path, caplog, monkeypatch):
    caplog.set_level("INFO")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=2**40))
    with SweepSaver(tmp_path / "live") as saver:
        saver.write(an_update())
        saver.write(an_update())
    taken = sum(file.stat().st_size for file in (tmp_path / "live/sweep_000").iterdir())
    (told,) = [record.getMessage() for record in caplog.records if "room" in record.getMessage()]
    assert told.endswith(f"; the disk has room for about {2**40 // taken} more")
    caplog.clear()
    with SweepSaver(tmp_path / "range", numbers=lambda _: 0) as saver:
        saver.write(an_update())
    assert "room" not in caplog.text


def points_of(folder):
    return parse((folder / "cloud.ply").read_bytes())["xyz"]


def test_the_cloud_holds_what_is_sure_and_on_a_surface(tmp_path):
    columns = np.concatenate([np.full(20, 0.1), [0.3, 0.5, 0.7], np.full(20, 0.9)]).astype(np.float32)
    update = an_update(coordinate=np.tile(columns, (30, 1)))
    sigma = np.full_like(update.coordinate, 0.01)
    sigma[8] = 0.06
    update = replace(update, coordinate_sigma=sigma)
    flying, unsure = 3 * (30 - 1), columns.size
    assert len(points_of(saved(tmp_path / "a", update))) == columns.size * 30 - flying - unsure
    with SweepSaver(tmp_path / "b", cloud=Confidence(sigma=0.1)) as saver:
        saver.write(update)
    assert len(points_of(tmp_path / "b" / "sweep_000")) == columns.size * 30 - flying - 3
    with SweepSaver(tmp_path / "c", cloud=None) as saver:
        saver.write(update)
    assert len(points_of(tmp_path / "c" / "sweep_000")) == columns.size * 30
    depths = [np.load(tmp_path / run / "sweep_000" / "depth.npy") for run in "abc"]
    assert all(np.isfinite(depth).all() for depth in depths)  # maps stay whole


def test_the_record(tmp_path):
    record = json.loads((saved(tmp_path, an_update(lost=6, stamp_ns=99)) / "sweep.json").read_text())
    expected = {
        "unit": "m",
        "calibrated": "calibrated",
        "near_limit": 0.2,
        "far_limit": 2.0,
        "valid_fraction": 0.9375,
        "slices_seen": 10,
        "slices_lost_since_start": 6,
        "sweeps_not_saved_since_start": 0,
        "sweep_id": 3,
        "stamp_ns": 99,
        "model": "focdepthformer",
        "engine": "torch",
        "calibration_id": "bench-7",
    }
    assert {name: record[name] for name in expected} == expected
    assert "metres" in record["depth_npy"]
    assert set(record["versions"]) == {"focstream", "numpy", "opencv", "python"}


@pytest.mark.parametrize("slots", [12, None])
def test_the_record_tells_how_much_of_the_sweep_was_seen(tmp_path, slots):
    update = an_update()
    update = replace(update, broken=True, tag=replace(update.tag, slots=slots))
    record = json.loads((saved(tmp_path, update) / "sweep.json").read_text())
    assert (record["slices_seen"], record["slots"], record["complete"]) == (10, slots, False)


def test_the_record_of_an_active_sweep_says_which_slots_were_taken_and_why_it_ended(tmp_path):
    update = an_update()
    assert "ended" not in json.loads((saved(tmp_path, update) / "sweep.json").read_text())
    active = replace(update, tag=replace(update.tag, slots=None, active="enough"), slots_taken=(0.1, 0.9))
    record = json.loads((saved(tmp_path / "active", active) / "sweep.json").read_text())
    assert (record["slots_taken"], record["ended"]) == ([0.1, 0.9], "enough")


def test_a_far_limit_at_infinity_is_valid_json(tmp_path):
    text = (saved(tmp_path, an_update(scale=TO_INFINITY)) / "sweep.json").read_text()
    assert json.loads(text, parse_constant=pytest.fail)["far_limit"] is None


def test_a_sweep_coordinate_is_never_saved_as_metres(tmp_path):
    update = an_update(scale=None)
    folder = saved(tmp_path, update)
    assert names_in(folder) == ["all_in_focus.png", "depth.npy", "depth.png", "sigma.npy", "sweep.json"]
    assert np.array_equal(np.load(folder / "depth.npy"), update.coordinate, equal_nan=True)
    record = json.loads((folder / "sweep.json").read_text())
    assert (record["unit"], record["calibrated"]) == ("1", "uncalibrated")
    assert "not metres" in record["depth_npy"]


def test_the_height_of_a_microscope_is_saved_as_such(tmp_path):
    update = an_update(scale=MICROSCOPE)
    folder = saved(tmp_path, update)
    assert not {"depth_mm.png", "cloud.ply"} & set(names_in(folder))
    record = json.loads((folder / "sweep.json").read_text())
    assert (record["unit"], record["near_limit"], record["far_limit"]) == ("um", 40.0, 0.0)
    assert record["depth_npy"].startswith("float32 height in micrometres")
    assert record["calibration_id"] == "ImageJ's spacing"
    np.testing.assert_array_equal(np.load(folder / "depth.npy"), update.depth())


def test_no_cloud_without_intrinsics(tmp_path):
    assert "cloud.ply" not in names_in(saved(tmp_path, an_update(intrinsics=None, scale=SCALE)))


def test_only_final_maps_are_saved(tmp_path):
    with SweepSaver(tmp_path) as saver:
        saver.write(an_update(final=False))
        saver.write(an_update())
        saver.write(an_update(final=False))
    assert names_in(tmp_path) == ["sweep_000"]


def test_every_sweep_is_saved_when_waiting(tmp_path):
    with SweepSaver(tmp_path) as saver:
        for number in range(12):
            saver.write(an_update(sweep_id=number))
    records = [json.loads((folder / "sweep.json").read_text()) for folder in sorted(tmp_path.iterdir())]
    assert [record["sweep_id"] for record in records] == list(range(12))


def test_dropped_sweeps_are_counted(tmp_path):
    with SweepSaver(tmp_path, when_full="drop") as saver:
        for _ in range(60):
            saver.write(an_update(height=240, width=320))
    assert saver.sweeps_not_saved > 0
    assert len(names_in(tmp_path)) + saver.sweeps_not_saved == 60


def test_earlier_sweeps_are_kept(tmp_path):
    (tmp_path / "sweep_004").mkdir()
    (tmp_path / "sweep_004" / "mine").write_text("kept")
    (tmp_path / "sweep_notes").write_text("kept")
    with SweepSaver(tmp_path) as saver:
        saver.write(an_update())
    with SweepSaver(tmp_path) as saver:
        saver.write(an_update())
    assert names_in(tmp_path) == ["sweep_004", "sweep_005", "sweep_006", "sweep_notes"]
    assert names_in(tmp_path / "sweep_004") == ["mine"]


def test_a_number_taken_meanwhile_is_not_overwritten(tmp_path):
    folder = SweepFolder(tmp_path)

    def fill_while_another_saves(hidden):
        (hidden / "ours").write_text("")
        SweepFolder(tmp_path).add(lambda other: (other / "theirs").write_text("") and None)

    assert folder.add(fill_while_another_saves).name == "sweep_001"
    assert names_in(tmp_path / "sweep_000") == ["theirs"]


def test_a_sweep_with_a_number_of_its_own_takes_the_place_of_one_of_before(tmp_path):
    folder = SweepFolder(tmp_path)
    for content in ("of a worker that was lost", "of its successor"):
        folder.add(lambda hidden, content=content: (hidden / "depth").write_text(content) and None, number=7)
    assert names_in(tmp_path) == ["sweep_007"]
    assert (tmp_path / "sweep_007/depth").read_text() == "of its successor"
    assert folder.add(lambda _: None).name == "sweep_008"


def test_a_failed_sweep_leaves_nothing_behind(tmp_path):
    def fill_up(hidden):
        (hidden / "depth.npy").write_bytes(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(InputError, match="No space left") as caught:
        SweepFolder(tmp_path).add(fill_up)
    assert str(tmp_path) in str(caught.value)
    assert names_in(tmp_path) == []


def test_a_kill_in_mid_sweep_shows_no_half_sweep(tmp_path):
    code = """
import os, sys
from pathlib import Path
from publish.saved.sweep_folder import SweepFolder

def fill_and_die(hidden):
    (hidden / "depth.npy").write_bytes(b"half")
    os._exit(9)

SweepFolder(Path(sys.argv[1])).add(fill_and_die)
"""
    root = Path(__file__).parents[3]
    ended = subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=root, timeout=60, check=False)
    assert ended.returncode == 9
    assert [name for name in names_in(tmp_path) if not name.startswith(".")] == []
    assert saved(tmp_path, an_update()).name == "sweep_000"


def test_a_file_where_the_folder_should_be(tmp_path):
    (tmp_path / "file").write_text("kept")
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(InputError, match="cannot save sweeps") as caught:
            SweepSaver(path)
        assert str(path) in str(caught.value)
    assert (tmp_path / "file").read_text() == "kept"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="cannot save sweeps"):
        SweepSaver(tmp_path)


def test_a_failure_in_the_worker_surfaces(tmp_path):
    folder = tmp_path / "out"
    saver = SweepSaver(folder)
    folder.rmdir()
    saver.write(an_update())
    with pytest.raises(InputError, match="cannot save sweeps"):
        saver.close()
    saver.close()


def test_a_file_too_large_for_the_disk_surfaces(tmp_path):
    # The kernel refuses to let a file grow past the limit, as a full disk would.
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    saver = SweepSaver(tmp_path)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, old[1]))
    try:
        saver.write(an_update(height=100, width=100))
        with pytest.raises(InputError, match="room"):
            saver.close()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
    assert names_in(tmp_path) == []


def test_the_record_says_what_was_measured_in_regions(tmp_path):
    update = replace(an_update(), regions=(LID, HOLE))
    record = json.loads((saved(tmp_path, update) / "sweep.json").read_text(), parse_constant=pytest.fail)
    lid, hole = record["regions"]
    assert lid == {
        "name": "lid",
        "x_px": 1,
        "y_px": 2,
        "width_px": 8,
        "height_px": 6,
        "median": 0.4315,
        "sigma": 0.0021,
        "angle_deg": 3.25,
        "flatness": 0.0012,
        "sure_share": 0.75,
    }
    assert (hole["name"], hole["median"], hole["sure_share"]) == ("hole", None, 0.0)
    assert json.loads((saved(tmp_path / "none", an_update()) / "sweep.json").read_text())["regions"] == []
