"""Many recordings in one go, as users run it."""

import json
import logging
import re
import subprocess
import sys
from pathlib import Path

import cv2
import psutil
import pytest

import run_pipeline
from tests.capture.recording.recordings import noise, slice_number, write
from tests.children import ROOT, started, wait_for


def command(*arguments: object) -> list[str]:
    model = () if "--model" in arguments else ("--model", "sharpness")
    quiet = ("--publish.no-enabled", "--cluster.local", "processes")
    return [sys.executable, str(ROOT / "run_pipeline.py"), *map(str, (*arguments, *model, *quiet))]


def replay(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*arguments), capture_output=True, text=True, timeout=100, check=False)


def recording(path: Path, *, seed: int, sweeps: int = 2) -> Path:
    path.parent.mkdir(exist_ok=True)
    return write(path, (slice_number(n, image=noise(seed + n, (48, 64))) for n in range(4 * sweeps)))


def test_a_folder_of_recordings_gives_one_report(tmp_path: Path) -> None:
    for number in range(2):
        recording(tmp_path / f"{number}.mcap", seed=100 * number)
    (tmp_path / "bad.mcap").write_bytes(b"this is not a recording at all")
    done = replay("--replay", tmp_path, "--workers", 2, "--report", tmp_path / "r.json")
    assert done.returncode == 2
    assert "bad.mcap: failed: " in done.stderr
    assert "1 of 3 recordings failed" in done.stderr
    report = json.loads((tmp_path / "r.json").read_text())
    assert (report["total"]["files"], report["total"]["failed"], report["total"]["slices"]) == (3, 1, 16)
    alone = replay("--replay", tmp_path / "1.mcap")
    assert alone.returncode == 0, alone.stderr
    digests = [sweep["digest"] for sweep in report["files"][1]["sweeps"]]
    assert len(set(digests)) == 2
    assert all(f"digest {digest}" in alone.stderr for digest in digests)


def test_a_folder_of_folders_is_one_stack_each(tmp_path: Path) -> None:
    stacks = tmp_path / "stacks"
    for name, count in (("a", 3), ("b/0.25", 4), ("one", 1)):
        (stacks / name).mkdir(parents=True)
        for number in range(count):
            assert cv2.imwrite(str(stacks / name / f"{number}.png"), noise(number, (48, 64)))
    done = replay("--replay", stacks, "--report", tmp_path / "r.json", "--save", tmp_path / "out")
    assert done.returncode == 2
    assert "one: failed: " in done.stderr
    assert "a focal stack needs two images or more" in done.stderr
    assert "1 of 3 stacks failed" in done.stderr
    report = json.loads((tmp_path / "r.json").read_text())
    assert [Path(file["file"]).name for file in report["files"]] == ["a", "0.25", "one"]
    assert report["total"]["slices"] == 7
    assert (tmp_path / "out/b/0.25/sweep_000/depth.npy").is_file()
    alone = replay("--replay", stacks / "b/0.25")
    assert f"digest {report['files'][1]['sweeps'][0]['digest']}" in alone.stderr


def test_sweeps_are_saved_in_a_store_and_tables_are_not(tmp_path: Path) -> None:
    """The store of this test is in the memory of each worker: what is in it is gone, and was not refused."""
    pytest.importorskip("fsspec", reason="needs fsspec: pip install -e '.[cluster]'")
    recording(tmp_path / "day" / "a.mcap", seed=0)
    done = replay("--replay", tmp_path / "day", "--workers", 2, "--save", "memory://depth")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    done = replay("--replay", tmp_path / "day", "--workers", 2, "--table", "memory://a.parquet")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
    assert "memory://a.parquet: tables and reports go into folders" in done.stderr


@pytest.mark.parametrize(
    "model",
    [
        ("--model", "sharpness", "--update", "refine"),
        ("--model", "small", "--engine", "onnxruntime", "--update", "rolling"),  # quicker to open than others
    ],
)
def test_one_recording_is_shared_by_workers(tmp_path: Path, model: tuple[str, ...]) -> None:
    """The same depth, to the bit, and the same folders as without them."""
    path = recording(tmp_path / "a.mcap", seed=0, sweeps=5)
    one, many, report = tmp_path / "one", tmp_path / "many", tmp_path / "r.json"
    how = ("--replay", path, "--threads", 1, *model)
    alone = replay(*how, "--save", one)
    assert alone.returncode == 0, alone.stderr
    done = replay(*how, "--save", many, "--workers", 2, "--cluster.sweeps", 2, "--report", report)
    assert done.returncode == 0, done.stderr
    (file,) = json.loads(report.read_text())["files"]
    assert [sweep["digest"] for sweep in file["sweeps"]] == re.findall(r"digest (\w+)", alone.stderr)
    assert files_below(many) == files_below(one)
    for name in files_below(one):
        assert (many / name).read_bytes() == (one / name).read_bytes(), name


def test_a_run_that_was_killed_goes_on(tmp_path: Path) -> None:
    """Nothing is twice in the table, and nothing is missing."""
    parquet = pytest.importorskip("pyarrow.parquet", reason="needs the extra cluster")
    for number in range(3):
        recording(tmp_path / f"in/{number}.mcap", seed=100 * number, sweeps=12)
    how = ("--replay", tmp_path / "in", "--model", "sharpness", "--cluster.sweeps", 2, "--save")
    whole, again = tmp_path / "whole.parquet", tmp_path / "again.parquet"
    assert replay(*how, tmp_path / "out", "--table", whole).returncode == 0
    slow = ("--slices-s-at-most", 6, "--workers", 2)  # it must not be done before it is killed
    journal = tmp_path / "again.parquet.jsonl"
    with started(*command(*how, tmp_path / "out_again", "--table", again, *slow)[1:]) as process:
        wait_for(lambda: journal.exists() and journal.read_bytes().count(b"\n") > 4)
        workers = psutil.Process(process.pid).children(recursive=True)
        process.kill()
    wait_for(lambda: not any(worker.is_running() for worker in workers))
    before = journal.read_bytes().count(b"\n") - 1
    assert not again.exists()
    refused = replay(*how, tmp_path / "out_again", "--table", again)
    assert (refused.returncode, "--resume to go on with it" in refused.stderr) == (2, True), refused.stderr
    resumed = replay(*how, tmp_path / "out_again", "--table", again, "--resume")
    assert resumed.returncode == 0, resumed.stderr
    assert not journal.exists()
    assert int(re.findall(r"recordings?, (\d+) slices? in", resumed.stderr)[0]) <= 3 * 12 * 4 - 4 * before
    rows = [
        sorted((row["recording"], row["number"], row["sweep"], row["digest"], row["error"]) for row in table)
        for table in (parquet.read_table(path).to_pylist() for path in (whole, again))
    ]
    assert rows[0] == rows[1]
    assert len(rows[0]) == 36
    assert files_below(tmp_path / "out_again") == files_below(tmp_path / "out")


def test_what_was_saved_is_not_replaced(tmp_path: Path) -> None:
    recording(tmp_path / "in/a.mcap", seed=0, sweeps=2)
    recording(tmp_path / "in/b.mcap", seed=9, sweeps=2)
    how = ("--replay", tmp_path / "in", "--model", "sharpness", "--save", tmp_path / "out")
    assert replay(*how).returncode == 0
    (tmp_path / "out/b").rename(tmp_path / "b")
    done = replay(*how)
    assert (done.returncode, "a holds sweeps already" in done.stderr) == (2, True), done.stderr
    assert "1 of 2 recordings failed" in done.stderr
    assert len(list((tmp_path / "out/b").iterdir())) == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--camera", "sim", "--workers", 2), "--workers, --cluster, --report, --table and --resume are for"),
        (("--replay", "nothing/*.mcap"), "names no recording and no stack"),
        (("--replay", "nothing", "--resume"), "add --table FILE.parquet"),
        (("--replay", "nothing", "--workers", 2, "--record", "a.mcap"), "--record: for one recording"),
        (("--replay", "nothing", "--workers", 2, "--web", 0, "--metrics", 0), "--web, --metrics: for one"),
    ],
)
def test_a_mistake_is_one_line(
    words: tuple[object, ...], message: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        assert run_pipeline.main(command(*words)[2:]) == 2
    (said,) = caplog.messages
    assert message in said


def files_below(folder: Path) -> list[Path]:
    return sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
