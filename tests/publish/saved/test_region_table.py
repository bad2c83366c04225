"""The log of regions as a Parquet file: nothing that was logged is ever lost, or there twice."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from focstream.types import DepthUpdate, InputError
from publish.saved.region_log import COLUMNS, open_region_log
from publish.saved.region_table import RegionTable
from tests.publish.updates import HOLE, LID, an_update

parquet = pytest.importorskip("pyarrow.parquet", reason="needs the extra cluster")

MEASURED = replace(an_update(stamp_ns=1_700_000_000_250_000_000), regions=(LID, HOLE))


def rows(path: Path) -> list[dict[str, object]]:
    return parquet.read_table(path).to_pylist()


def logged(path: Path, *updates: DepthUpdate) -> None:
    with open_region_log(path) as log:
        for update in updates:
            log.write(update)


def journal_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.jsonl")


def killed(path: Path, *updates: DepthUpdate) -> None:
    """Log something, and end as a program that is killed: the file is not closed."""
    log = RegionTable(path)
    for update in updates:
        log.write(update)
    left = journal_of(path).read_bytes()
    log.close()
    path.unlink(missing_ok=True)
    journal_of(path).write_bytes(left)


def test_a_row_for_each_region_of_every_finished_sweep(tmp_path: Path) -> None:
    path = tmp_path / "depth.parquet"
    logged(path, replace(MEASURED, final=False), MEASURED, replace(MEASURED, broken=True))
    lid, hole, *later = rows(path)
    assert lid == {
        "time_utc": datetime(2023, 11, 14, 22, 13, 20, 250_000, UTC),
        "stamp_ns": 1_700_000_000_250_000_000,
        "sweep": 3,
        "slices_seen": 10,
        "complete": True,
        "region": "lid",
        "unit": "m",
        "median": 0.4315,
        "sigma": 0.0021,
        "angle_deg": 3.25,
        "flatness": 0.0012,
        "sure_share": 0.75,
    }
    assert tuple(lid) == COLUMNS
    assert (hole["region"], hole["median"], hole["sure_share"]) == ("hole", None, 0.0)
    assert [row["complete"] for row in later] == [False, False]
    assert list(tmp_path.iterdir()) == [path]


def test_rows_can_be_read_while_it_runs(tmp_path: Path) -> None:
    path = tmp_path / "depth.parquet"
    with open_region_log(path) as log:
        log.write(MEASURED)
        _, *lines = journal_of(path).read_text().splitlines()
        assert [json.loads(line)["region"] for line in lines] == ["lid", "hole"]


def test_rows_are_added_to_those_that_are_there(tmp_path: Path) -> None:
    path = tmp_path / "depth.parquet"
    for _ in range(3):
        logged(path, MEASURED)
    assert [row["region"] for row in rows(path)] == ["lid", "hole"] * 3


def test_what_a_killed_run_has_logged_is_taken_in(tmp_path: Path) -> None:
    path = tmp_path / "depth.parquet"
    killed(path, MEASURED, MEASURED)
    torn = journal_of(path).read_bytes() + b'{"time_utc": "2023'
    journal_of(path).write_bytes(torn)
    logged(path, replace(MEASURED, broken=True))
    assert [row["complete"] for row in rows(path)] == [True] * 4 + [False] * 2
    assert not journal_of(path).exists()


def test_a_run_that_is_killed_after_its_table_is_made_counts_once(tmp_path: Path) -> None:
    path = tmp_path / "depth.parquet"
    log = RegionTable(path)
    log.write(MEASURED)
    left = journal_of(path).read_bytes()
    log.close()
    journal_of(path).write_bytes(left)
    logged(path, MEASURED)
    assert [row["region"] for row in rows(path)] == ["lid", "hole"] * 2


def test_without_a_finished_sweep_nothing_is_left(tmp_path: Path) -> None:
    logged(tmp_path / "depth.parquet", replace(MEASURED, final=False))
    assert list(tmp_path.iterdir()) == []


def test_another_file_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    import pyarrow as pa

    text, other = tmp_path / "text.parquet", tmp_path / "other.parquet"
    text.write_bytes(b"a,b\n1,2\n")
    parquet.write_table(pa.table({"a": [1]}), other)
    for path in (text, other):
        before = path.read_bytes()
        with pytest.raises(InputError, match=path.name):
            RegionTable(path)
        assert path.read_bytes() == before
    assert sorted(tmp_path.iterdir()) == [other, text]


@pytest.mark.parametrize("line", ["{}", "[]", "no json", '{"time_utc": 3}'])
def test_a_line_that_makes_no_sense_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "depth.parquet"
    killed(path, MEASURED)
    with journal_of(path).open("a") as journal:
        journal.write(f"{line}\n")
    with pytest.raises(InputError, match=r"depth\.parquet\.jsonl: line 4 makes no sense"):
        RegionTable(path)
