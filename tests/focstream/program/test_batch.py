"""Many recordings in one go, as users run it."""

import json
import subprocess
import sys
from pathlib import Path

import cv2

from tests.capture.recording.recordings import noise, slice_number, write

ROOT = Path(__file__).parents[3]


def replay(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "run_pipeline.py"), *map(str, arguments), "--model", "sharpness"]
    return subprocess.run(
        [*command, "--publish.no-enabled"], capture_output=True, text=True, timeout=100, check=False
    )


def recording(path: Path, *, seed: int) -> Path:
    return write(path, (slice_number(n, image=noise(seed + n, (48, 64))) for n in range(8)))


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


def test_workers_need_a_folder_of_recordings(tmp_path: Path) -> None:
    done = replay("--replay", recording(tmp_path / "a.mcap", seed=0), "--workers", 2)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
    assert "--replay DIR" in done.stderr
