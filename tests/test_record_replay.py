"""Record and replay, run as users run it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.capture.recording.recordings import noise, slice_number, write
from tests.capture.recording.series.series import eight_sweeps, write_series

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


@pytest.mark.parametrize("model", [("--model", "sharpness"), ("--model", "small", "--update", "rolling")])
def test_a_recording_in_several_files_gives_the_live_depth_as_a_whole_and_file_by_file(
    tmp_path: Path, model
) -> None:
    """The network may not keep up with this rate: then both depths lack the same slices."""
    size = ("--sim.width-px", 160, "--sim.height-px", 120)
    fast = ("--sweep.slots", 16, "--sim.frame-rate-hz", 120, "--sweep.waveform", "triangle")
    record = ("--record", tmp_path / "a.mcap", "--record.depth", "--record.rotate-gib", 0.001)
    live = digests(run("--camera", "sim", *size, *fast, "--sweeps", 6, *model, *record))
    assert len({digest for _, digest in live}) == 6
    files = sorted((tmp_path / "a").iterdir())
    assert len(files) >= 3
    assert digests(run("--replay", tmp_path / "a", *model)) == live
    copy = ("--record", tmp_path / "b", "--record.rotate-min", 0.005)
    assert digests(run("--replay", tmp_path / "a", *model, *copy)) == live
    assert digests(run("--replay", tmp_path / "b", *model)) == live
    if "rolling" not in model:  # that one sees the sweep before, too
        assert [found for path in files for found in digests(run("--replay", path, *model))] == live


def test_a_folder_of_recordings_takes_one_in_several_files_for_one(tmp_path: Path) -> None:
    write_series(tmp_path / "a", eight_sweeps())
    write(tmp_path / "b.mcap", map(slice_number, range(4)))
    workers = ("--workers", 2, "--cluster.local", "processes")
    told = run("--replay", tmp_path, "--model", "sharpness", *workers, "--save", tmp_path / "out")
    assert f"{tmp_path / 'a'}: 8 sweeps, 32 slices" in told
    assert f"{tmp_path / 'b.mcap'}: 1 sweep, 4 slices" in told
    assert "2 recordings, 36 slices" in told
    assert len(list((tmp_path / "out/a").iterdir())) == 8
    write(tmp_path / "a/c.mcap", map(slice_number, range(4)))
    told = run("--replay", tmp_path / "a", "--model", "sharpness", code=2)
    assert len(told.splitlines()) == 1
    assert "holds several files of one recording, and others besides" in told


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
