"""The table of all sweeps."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from focstream.cluster.table_of_sweeps.done_sweeps import DoneSweeps
from focstream.cluster.table_of_sweeps.table import SweepTable
from focstream.types import InputError
from tests.children import ROOT
from tests.focstream.cluster.played import ranges_of, result_of

parquet = pytest.importorskip("pyarrow.parquet", reason="needs the extra cluster")

OPTIONS = {"model": "small", "update": "refine"}


def rows(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = parquet.read_table(path).to_pylist()
    return found


def table(path: Path, *, resume: bool = False, options: dict[str, Any] = OPTIONS) -> SweepTable:
    return SweepTable(path, options=options, resume=resume)


def test_it_has_a_row_for_every_sweep_and_for_every_failure(tmp_path: Path) -> None:
    path = tmp_path / "sweeps.parquet"
    first, second = ranges_of("a.mcap", ranges=2)
    with table(path) as sweeps:
        sweeps.add(result_of(second, error="it is bad"))
        sweeps.add(result_of(first))
        sweeps.finish()
    failed, *good = rows(path)
    assert (failed["recording"], failed["number"], failed["sweep"], failed["error"]) == (
        "a.mcap",
        2,
        None,
        "it is bad",
    )
    assert [(row["number"], row["sweep"], row["digest"], row["error"]) for row in good] == [
        (0, 100, f"{0:016x}", ""),
        (1, 101, f"{1:016x}", ""),
    ]
    assert (
        good[0] | {"seconds": 0.1, "median_sigma": 0.01, "unit": "m", "slices": 4, "node": "here"} == good[0]
    )
    assert list(tmp_path.iterdir()) == [path]


def test_what_was_collected_survives_the_program(tmp_path: Path) -> None:
    """Every result is in the journal before the next one is looked at; a torn line is not counted."""
    path = tmp_path / "sweeps.parquet"
    works = list(ranges_of("a.mcap", ranges=3))
    with table(path) as killed:
        killed.add(result_of(works[0]))
        killed.add(result_of(works[1], error="it is bad"))
        left = killed.journal.read_bytes()
    killed.journal.write_bytes(left + b'{"recording": "a.mcap", "num')
    with table(path, resume=True) as sweeps:
        assert [sweeps.done.has("a.mcap", number) for number in range(6)] == [True, True, *[False] * 4]
        sweeps.add(result_of(works[2]))
        sweeps.add(result_of(works[1]))
        sweeps.finish()
    with table(path, resume=True) as sweeps:
        sweeps.add(result_of(works[0], error="it is gone"))  # done before: what came of it then is kept
        sweeps.finish()
    assert [(row["number"], row["error"]) for row in rows(path)] == [(n, "") for n in (0, 1, 4, 5, 2, 3)]


def test_a_failure_of_before_gives_way_to_what_came_of_it_later(tmp_path: Path) -> None:
    path = tmp_path / "sweeps.parquet"
    works = list(ranges_of("a.mcap", ranges=3))
    with table(path) as sweeps:
        sweeps.add(result_of(works[0]))
        for work in works[1:]:
            sweeps.add(result_of(work, error="it is bad"))
        sweeps.finish()
    with table(path, resume=True) as sweeps:
        sweeps.add(result_of(works[0]))  # it is there already
        sweeps.add(result_of(works[1]))
        sweeps.finish()
    found = [(row["number"], row["error"]) for row in rows(path)]
    assert sorted(found) == [(0, ""), (1, ""), (2, ""), (3, ""), (4, "it is bad")]


def test_a_journal_that_was_made_a_table_already_counts_once(tmp_path: Path) -> None:
    path = tmp_path / "sweeps.parquet"
    (work,) = ranges_of("a.mcap", ranges=1)
    with table(path) as sweeps:
        sweeps.add(result_of(work))
        journal = sweeps.journal.read_bytes()
        sweeps.finish()
    sweeps.journal.write_bytes(journal)
    with table(path, resume=True) as sweeps:
        sweeps.finish()
    assert [row["number"] for row in rows(path)] == [0, 1]


def test_nothing_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "sweeps.parquet"
    with table(path) as sweeps:
        sweeps.finish()
    with pytest.raises(InputError, match="--resume to go on with it"):
        table(path)


def test_a_run_that_did_nothing_leaves_nothing(tmp_path: Path) -> None:
    with table(tmp_path / "sweeps.parquet"):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs locks of files: not on Windows")
def test_two_runs_do_not_write_to_one_table(tmp_path: Path) -> None:
    path = tmp_path / "sweeps.parquet"
    (work,) = ranges_of("a.mcap", ranges=1)
    with table(path) as sweeps:
        sweeps.add(result_of(work))
        with pytest.raises(InputError, match="is in use by another run"):
            table(path, resume=True)
        sweeps.finish()
    assert [row["number"] for row in rows(path)] == [0, 1]


FILLS_UP = """
import resource, sys
from pathlib import Path
from focstream.cluster.table_of_sweeps.table import SweepTable
from focstream.types import InputError
from tests.focstream.cluster.played import ranges_of, result_of

OPTIONS = {"model": "small", "update": "refine"}
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
try:
    with SweepTable(Path(sys.argv[1]), options=OPTIONS, resume=False) as sweeps:
        for work in ranges_of("a.mcap", ranges=100):
            sweeps.add(result_of(work))
except InputError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of the system: not on Windows")
def test_a_full_disk_takes_nothing_that_was_written(tmp_path: Path) -> None:
    path = tmp_path / "sweeps.parquet"
    command = [sys.executable, "-c", FILLS_UP, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    assert "cannot be written (File too large)" in done.stdout
    assert len(done.stderr.splitlines()) == 1, done.stderr
    with table(path, resume=True) as sweeps:
        found = [number for number in range(200) if sweeps.done.has("a.mcap", number)]
        sweeps.finish()
    assert len(found) > 4
    assert [row["number"] for row in rows(path)] == found == list(range(len(found)))


@pytest.mark.parametrize("finished", [True, False])
def test_a_table_is_of_one_choice_of_options(tmp_path: Path, finished: bool) -> None:
    path = tmp_path / "sweeps.parquet"
    (work,) = ranges_of("a.mcap", ranges=1)
    with table(path) as sweeps:
        sweeps.add(result_of(work))
        if finished:
            sweeps.finish()
    with pytest.raises(InputError, match="is of sweeps with update 'refine', this run has 'rolling'"):
        table(path, resume=True, options=OPTIONS | {"update": "rolling"})


@pytest.mark.parametrize("content", [b"", b"no table", b"PAR1no tablePAR1"])
def test_something_else_is_no_table(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "sweeps.parquet"
    path.write_bytes(content)
    with pytest.raises(InputError, match="is no table of sweeps"):
        table(path, resume=True)


@pytest.mark.parametrize(
    "line", ["7", "{}", '{"recording": 1, "number": 2}', '{"recording": "a", "other": 2}']
)
def test_a_line_that_makes_no_sense_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "sweeps.parquet"
    head = json.dumps({"options": OPTIONS}, sort_keys=True)
    (tmp_path / "sweeps.parquet.jsonl").write_text(f"{head}\n{line}\n")
    with pytest.raises(InputError, match="line 2 makes no sense"):
        table(path, resume=True)


def test_what_is_done_is_known_by_recording_and_number() -> None:
    done = DoneSweeps()
    for number in (0, 5, 1023, 1024, 70_000):
        done.add("a", number)
    assert [number for number in range(80_000) if done.has("a", number)] == [0, 5, 1023, 1024, 70_000]
    assert not done.has("b", 0)
