import csv
from dataclasses import replace

import pytest

from focstream.types import InputError
from publish.saved.region_log import COLUMNS, RegionLog
from tests.full_disk import assert_one_clear_line, run_with_room
from tests.publish.updates import HOLE, LID, an_update

MEASURED = replace(an_update(stamp_ns=1_700_000_000_250_000_000), regions=(LID, HOLE))


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def logged(path, *updates):
    with RegionLog(path) as log:
        for update in updates:
            log.write(update)


def test_a_line_for_each_region_of_every_finished_sweep(tmp_path):
    path = tmp_path / "depth.csv"
    logged(path, replace(MEASURED, final=False), MEASURED, replace(MEASURED, broken=True))
    lid, hole, *later = rows(path)
    assert lid == {
        "time_utc": "2023-11-14T22:13:20.250+00:00",
        "stamp_ns": "1700000000250000000",
        "sweep": "3",
        "slices_seen": "10",
        "complete": "1",
        "region": "lid",
        "unit": "m",
        "median": "0.4315",
        "sigma": "0.0021",
        "angle_deg": "3.25",
        "flatness": "0.0012",
        "sure_share": "0.75",
    }
    assert (hole["region"], hole["median"], hole["angle_deg"], hole["sure_share"]) == ("hole", "", "", "0.0")
    assert [row["complete"] for row in later] == ["0", "0"]
    assert tuple(lid) == COLUMNS


def test_lines_can_be_read_while_it_is_written(tmp_path):
    with RegionLog(tmp_path / "depth.csv") as log:
        log.write(MEASURED)
        assert len(rows(tmp_path / "depth.csv")) == 2


def test_lines_are_added_to_those_that_are_there(tmp_path):
    path = tmp_path / "depth.csv"
    logged(path, MEASURED)
    before = path.read_bytes()
    logged(path, MEASURED)
    assert path.read_bytes().startswith(before)
    assert len(rows(path)) == 4


def test_a_torn_line_spoils_no_other(tmp_path):
    path = tmp_path / "depth.csv"
    logged(path, MEASURED)
    path.write_bytes(path.read_bytes()[:-10])
    logged(path, MEASURED)
    assert [row["region"] for row in rows(path)] == ["lid", "hole", "lid", "hole"]
    assert rows(path)[2] == rows(path)[0]


@pytest.mark.parametrize("content", [b"a,b,c\n1,2,3\n", b"\x00\xff", b"time_utc"])
def test_another_file_is_refused_and_left_as_it_is(tmp_path, content):
    path = tmp_path / "other.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match="is another file, with other columns"):
        RegionLog(path)
    assert path.read_bytes() == content


def test_a_folder_and_a_place_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="is a folder"):
        RegionLog(tmp_path)
    with pytest.raises(InputError, match="cannot be written"):
        RegionLog(tmp_path / "none" / "depth.csv")


def test_a_full_disk_leaves_whole_lines(tmp_path):
    path = tmp_path / "depth.csv"
    small = ("--sim.width-px", "48", "--sim.height-px", "32", "--sweep.slots", "4", "--model", "sharpness")
    done = run_with_room(
        300, "run_pipeline.py", "--camera", "sim", *small, "--publish.no-enabled", "--sweeps", "4",
        "--roi", "a=0,0,20,20", "--log", str(path),
    )  # fmt: skip
    assert_one_clear_line(done, str(path), "cannot be written")
    assert path.read_bytes().endswith(b"\n")
    assert 1 <= len(rows(path)) < 4
    assert all(None not in row.values() for row in rows(path))
