"""The command as it is typed, on a machine without a GPU: rehearsed, and for real."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from engines.__main__ import main
from engines.gpu.child import run_in_child
from engines.gpu.findings import Report, StageWork
from engines.gpu.report import read_report
from engines.gpu.stages import STAGES, Stage
from engines.tensorrt.cuda_memory import has_nvidia_device

WITHOUT_GPU = pytest.mark.skipif(has_nvidia_device(), reason="there is a GPU")


def outcomes(folder: Path) -> dict[str, str]:
    report = read_report(folder)
    assert report is not None
    return {stage.stage: stage.outcome for stage in report.stages}


@pytest.mark.parametrize(
    ("stage", "found"),
    [
        ("probe", "| 6.14 |"),
        ("memory", "| double | right | right | right | right |"),
        ("order", "| two states that share slices | right |"),
        ("equality", "| onnxruntime f32 | 20 |"),
        ("speed", "128 × 96 grey, ms"),
        ("live", "| 96 × 64 | rolling | 1 | 10 |"),
    ],
)
def test_a_rehearsal_does_the_work_on_the_doubles(tmp_path: Path, stage: str, found: str) -> None:
    assert main(["gpu", "--rehearse", "--out", str(tmp_path), "--only", stage]) == 0
    assert outcomes(tmp_path) == {stage: "passed"}
    text = (tmp_path / "report.md").read_text()
    assert "no figure here is one of a GPU" in text
    assert found in text


@WITHOUT_GPU
def test_without_a_gpu_every_stage_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert main(["gpu", "--out", str(tmp_path)]) == 2
    report = read_report(tmp_path)
    assert report is not None
    assert [stage.stage for stage in report.stages] == [stage.name for stage in STAGES]
    assert {(stage.outcome, stage.reason) for stage in report.stages} == {("not run", "no GPU")}
    assert "nothing could be tried: no GPU" in caplog.text


def test_a_budget_that_is_over_is_reported(tmp_path: Path) -> None:
    asked = ["gpu", "--rehearse", "--out", str(tmp_path), "--budget", "0.2", "--only", "probe", "memory"]
    assert main(asked) == 2
    assert outcomes(tmp_path) == {"probe": "out of time", "memory": "out of time"}


def test_results_of_other_stages_are_kept(tmp_path: Path) -> None:
    for name in ("memory", "tests", "memory"):
        main(["gpu", "--rehearse", "--out", str(tmp_path), "--only", name])
    assert list(outcomes(tmp_path)) == ["tests", "memory"]
    assert Report.model_validate(json.loads((tmp_path / "report.json").read_text())).rehearsal


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["--only", "speeed"], "--only speeed: there is no such stage; there are probe, memory"),
        (["--budget", "-1"], "--budget -1: give seconds, more than 0"),
    ],
)
def test_mistakes_are_one_line(
    tmp_path: Path, asked: list[str], said: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert main(["gpu", "--out", str(tmp_path / "out"), *asked]) == 2
    assert said in caplog.text


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").touch()
    assert main(["gpu", "--out", str(tmp_path / "file" / "out")]) == 2
    assert "cannot be made" in caplog.text


def test_a_stage_that_crashes_is_a_result(tmp_path: Path) -> None:
    unknown = Stage(name="unknown", about="", limit_s=60.0, load=STAGES[0].load)
    report = run_in_child(unknown, StageWork(out=tmp_path, reserved_s=60.0))
    assert report.outcome == "crashed"
    assert report.reason.startswith("exit code 1: ValueError")
    assert (tmp_path / "logs" / "unknown.txt").exists()


def test_the_whole_command_is_found() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "engines", "gpu", "--help"], capture_output=True, text=True, check=True
    )
    assert "--rehearse" in done.stdout
