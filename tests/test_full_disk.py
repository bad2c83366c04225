"""Whatever is written: a full disk is one clear line and exit code 2, and nothing is called saved."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from capture.recording.file_writer import FileWriter
from tests.capture.recording.recordings import LENS, ORIGIN, SCALE, slice_number
from tests.full_disk import ROOT, assert_one_clear_line, run_with_room
from tests.updates import make_update

pytestmark = pytest.mark.skipif(
    "sys.platform == 'win32'", reason="needs limits of the system, as Linux and macOS have"
)
SIM = (
    *("--camera", "sim", "--sim.width-px", "64", "--sim.height-px", "48", "--sweep.slots", "4"),
    *("--model", "sharpness", "--publish.no-enabled", "--sweeps", "2"),
)


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recording") / "a.mcap"
    with FileWriter(path, origin=ORIGIN) as writer:
        for number in range(4):
            noise = np.random.default_rng(number).integers(0, 255, (96, 128), np.uint8)
            writer.write_slice(slice_number(number, image=noise))
        writer.write_update(make_update(scale=SCALE, intrinsics=LENS), maps=True)
    return path


def test_saved_sweeps(tmp_path: Path) -> None:
    done = run_with_room(5000, "run_pipeline.py", *SIM, "--save", str(tmp_path / "out"))
    assert_one_clear_line(done, str(tmp_path), "File too large")
    assert "saved /" not in done.stderr
    assert list((tmp_path / "out").iterdir()) == []


def test_a_recording(tmp_path: Path) -> None:
    done = run_with_room(5000, "run_pipeline.py", *SIM, "--record", str(tmp_path / "a.mcap"))
    assert_one_clear_line(done, str(tmp_path / "a.mcap"), "File too large")


@pytest.mark.parametrize(("kind", "most_bytes"), [("png", 3000), ("npz", 3000), ("mp4", 400), ("ply", 300)])
def test_exports(tmp_path: Path, recording: Path, kind: str, most_bytes: int) -> None:
    out = tmp_path / "out"
    done = run_with_room(most_bytes, "capture", "export", str(recording), "--out", str(out), "--format", kind)
    assert_one_clear_line(done, str(out))


def test_recovery(tmp_path: Path, recording: Path) -> None:
    done = run_with_room(20_000, "capture", "recover", str(recording), "--out", str(tmp_path / "b.mcap"))
    assert_one_clear_line(done, str(tmp_path / "b.mcap"), "File too large")
    assert list(tmp_path.iterdir()) == []


def test_a_report(tmp_path: Path, recording: Path) -> None:
    argv = ("--replay", str(recording.parent), "--model", "sharpness", "--report", str(tmp_path / "a.json"))
    done = run_with_room(50, "run_pipeline.py", *argv)
    assert_one_clear_line(done, "a.json", "File too large")
    assert list(tmp_path.iterdir()) == []


def test_keys(tmp_path: Path) -> None:
    assert_one_clear_line(run_with_room(20, "publish", "keys", "--out", str(tmp_path)), str(tmp_path))


def test_targets_to_print(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason='needs matplotlib: pip install "focstream[calibration]"')
    done = run_with_room(2000, "calibration", "targets", "--out", str(tmp_path / "a.pdf"))
    assert_one_clear_line(done, "a.pdf", "File too large")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, as Linux has it")
@pytest.mark.parametrize("argv", [("capture", "info"), ("capture", "--help"), ("focstream", "--version")])
def test_the_standard_output(recording: Path, argv: tuple[str, ...]) -> None:
    words = [*argv, str(recording)] if argv[1] == "info" else argv
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", *words],
            stdout=full, stderr=subprocess.PIPE, text=True, cwd=ROOT, timeout=60, check=False, env=os.environ,
        )  # fmt: skip
    assert_one_clear_line(done, "the standard output", "No space left on device")
