"""The Python examples, run as a user would. Those that read the stream: tests/publish/test_examples.py."""

import csv
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TRUTH_M = {"left": 1 / 1.378, "middle": 1 / 2.512, "right": 1 / 3.646}
"""Depth of the wall that the camera paints, at the columns that the example prints."""


def run_python(*arguments: object) -> list[str]:
    """Lines that a script prints; it must end well, and warn of nothing."""
    ended = subprocess.run(
        [sys.executable, "-W", "error", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=100,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.splitlines()


def run_example(name: str, *arguments: object) -> list[str]:
    return run_python(ROOT / "examples" / name, *arguments)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("add_a_sink.py", "give the file to write: python add_a_sink.py OUT.csv"),
        ("point_cloud.py", "give the file to write: python point_cloud.py OUT.ply"),
        ("replay_a_recording.py", "give a recording: python replay_a_recording.py a.mcap"),
    ],
)
def test_an_example_says_what_to_give_it(name: str, said: str) -> None:
    ended = subprocess.run(
        [sys.executable, str(ROOT / "examples" / name)],
        capture_output=True,
        text=True,
        timeout=100,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", said + "\n")


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recordings") / "a.mcap"
    small = ("--camera", "sim", "--sim.width-px", "128", "--sim.height-px", "96", "--model", "sharpness")
    run_python(ROOT / "run_pipeline.py", *small, "--sweeps", 2, "--record", path, "--publish.no-enabled")
    return path


@pytest.mark.slow
def test_sweep_simulated_camera() -> None:
    lines = run_example("sweep_simulated_camera.py")
    told = re.compile(r"sweep \d, \d+ slices: in the middle 0\.\d+ ± 0\.\d+ m(, final)?")
    assert all(told.fullmatch(line) for line in lines), lines
    assert sum(line.endswith("final") for line in lines) == 2


def test_add_a_sink(tmp_path: Path) -> None:
    (line,) = run_example("add_a_sink.py", tmp_path / "sweeps.csv")
    assert re.fullmatch(r"\d+ maps", line)
    with (tmp_path / "sweeps.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 3
    assert all(0.2 < float(row["nearest_m"]) < float(row["median_m"]) < 2.1 for row in rows)


def test_add_a_lens() -> None:
    *maps, last = run_example("add_a_lens.py")
    assert re.fullmatch(r"\d\.\d\d dpt, 23\.5 °C: \d\.\d+ m", maps[-1])
    (moves,) = re.findall(r"^the lens was asked to move (\d+) times$", last)
    assert int(moves) >= 8


def test_add_a_camera() -> None:
    (line,) = run_example("add_a_camera.py")
    depth_m = {where: float(metres) for where, metres in re.findall(r"(\w+) (\d\.\d+)", line)}
    assert depth_m == pytest.approx(TRUTH_M, rel=0.05)


def test_replay_a_recording(recording: Path) -> None:
    lines = run_example("replay_a_recording.py", recording)
    ends = [line for line in lines if re.fullmatch(r"sweep \d ends at 4\.\d\d dpt, \(96, 128\) pixels", line)]
    maps = [line for line in lines if re.fullmatch(r"sweep \d: \d+ slices, median 0\.\d+ m, by [\w ]+", line)]
    assert len(maps) == 2
    assert 1 <= len(ends) <= 2
    assert len(lines) == len(ends) + len(maps)


@pytest.mark.slow
def test_point_cloud(tmp_path: Path) -> None:
    sure, every = run_example("point_cloud.py", tmp_path / "cloud.ply")
    assert re.fullmatch(r"\d+ points surer than 10 %, \d\.\d\d × \d\.\d\d × \d\.\d\d m", sure)
    (count,) = re.findall(r"all (\d+) points, in colour$", every)
    assert f"element vertex {count}\n".encode() in (tmp_path / "cloud.ply").read_bytes()
    assert 0 < int(sure.split()[0]) <= int(count)
