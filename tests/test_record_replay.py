"""Record and replay, run as users run it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.capture.recording.recordings import noise, slice_number, write

ROOT = Path(__file__).parents[1]


def run(*arguments: object, code: int = 0) -> str:
    command = [sys.executable, str(ROOT / "run_pipeline.py"), *map(str, arguments), "--publish.no-enabled"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == code, done.stderr
    return done.stderr


def digests(told: str) -> list[tuple[str, str]]:
    return re.findall(r"sweep (\d+): .*digest ([0-9a-f]{16})", told)


@pytest.mark.parametrize(
    "model", [("--model", "sharpness"), ("--model", "small"), ("--model", "small", "--update", "rolling")]
)
def test_a_replay_gives_the_live_depth_of_the_simulated_camera(tmp_path: Path, model) -> None:
    """The network may not keep up with this rate: then both depths lack the same slices."""
    size = ("--sim.width-px", 320, "--sim.height-px", 240)
    fast = ("--sweep.slots", 16, "--sim.frame-rate-hz", 120, "--sweep.waveform", "triangle")
    camera = ("--camera", "sim", *size, *fast, "--sweeps", 3, *model)
    live = digests(run(*camera, "--record", tmp_path / "a.mcap", "--record.depth"))
    assert len({digest for _, digest in live}) == 3
    replay = ("--replay", tmp_path / "a.mcap", *model)
    again = run(*replay)
    assert digests(again) == live
    assert "latency" not in again
    if "rolling" not in model:  # there, a sweep that lacks its last slice is told with what came before it
        second = live[1][0]
        assert digests(run(*replay, "--from-sweep", second, "--sweeps", 1)) == live[1:2]


@pytest.mark.slow
@pytest.mark.parametrize("waveform", ["staircase", "triangle"])
def test_a_slow_computers_recording_gives_its_depth_and_lacks_nothing(tmp_path: Path, waveform: str) -> None:
    """Exposures that nobody needed are counted in the recording, and are no losses in its replay either."""
    size = ("--sim.width-px", 96, "--sim.height-px", 64, "--sweep.slots", 5)
    slow = ("--slices-s-at-most", 4, "--model", "sharpness", "--sweep.waveform", waveform, "--sweeps", 3)
    live = run("--camera", "sim", *size, *slow, "--record", tmp_path / "a.mcap")
    again = run("--replay", tmp_path / "a.mcap", "--rate", 1, "--model", "sharpness")
    assert len(digests(live)) == 3
    assert digests(again) == digests(live)
    for told in (live, again):
        assert told.count(": 5 of 5 slices |") == 3
        assert set(re.findall(r"lost (\d+)", told)) == {"0"}
        assert int(re.findall(r"waiting (\d+)", told)[-1]) > 10


def test_batches(tmp_path: Path) -> None:
    write(tmp_path / "a.mcap", (slice_number(n, image=noise(n, (48, 64))) for n in range(10)))
    together = run("--replay", tmp_path / "a.mcap", "--batch", 4)
    assert [sweep for sweep, _ in digests(together)] == ["0", "1", "2"]
    same = run("--replay", tmp_path / "a.mcap", "--batch", 4)
    assert digests(same) == digests(together)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--model", "sharpness"), "encodes slices one by one"),
        (("--camera", "sim"), "a live slice does not wait"),
    ],
)
def test_what_cannot_be_put_into_batches_is_one_line(tmp_path: Path, arguments, message: str) -> None:
    write(tmp_path / "a.mcap", [slice_number(0)])
    source = () if "--camera" in arguments else ("--replay", tmp_path / "a.mcap")
    told = run(*source, *arguments, "--batch", 4, code=2)
    assert message in told.splitlines()[-1]
