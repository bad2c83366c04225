"""The UVC driver on a simulated webcam, which answers OpenCV's system calls."""

import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest

from tests.capture.built import ROOT, built

PERIOD_NS = 20_000_000


def webcam():
    if sys.platform != "linux":
        pytest.skip("the simulated webcam is for Linux")
    return built("webcam", variable="WEBCAM", name="webcam.so")


def run(tmp_path, *command, fault=""):
    file = tmp_path / "webcam.txt"
    file.write_text(fault)
    environment = {**os.environ, "LD_PRELOAD": str(webcam()), "WEBCAM_FILE": str(file)}
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )


def told(tmp_path, scenario, *, fault=""):
    done = run(tmp_path, "-m", "tests.capture.uvc.uvc_reader", scenario, fault=fault)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def check_stamps(taken):
    """Every frame must have its own stamp, whenever it was read: they are 20 ms apart."""
    numbers, _, mids_ns, *_ = np.array(taken).T
    off_ns = (mids_ns - mids_ns[0]) - (numbers - numbers[0]) * PERIOD_NS
    # the clock of the epoch, to which they are mapped, is itself corrected now and then
    assert np.abs(off_ns).max() < 2_000_000


def test_frames_carry_the_kernels_stamps(tmp_path):
    result = told(tmp_path, "read")
    assert result["size"] == [160, 120, 50.0]
    check_stamps(result["taken"])
    assert [frame_id for _, frame_id, *_ in result["taken"]] == list(range(20))
    assert {exposure_s for *_, exposure_s in result["taken"]} == {0.004}


def test_frames_that_waited_are_known_to_be_old(tmp_path):
    result = told(tmp_path, "pause")
    check_stamps(result["before"] + result["after"])
    ages_ms = [age_ms for _, _, _, age_ms, _ in result["after"]]
    assert ages_ms[0] > 2000
    assert ages_ms[-1] < 2000


def test_without_usable_stamps_frames_that_waited_are_thrown_away(tmp_path):
    result = told(tmp_path, "pause", fault="odd-clock")
    last = result["before"][-1][0]
    assert min(number for number, *_ in result["after"]) > last + 100  # 2.5 s are 125 frames


@pytest.mark.parametrize(
    ("scenario", "fault", "error", "code"),
    [
        ("read", "busy", "uvc:63 cannot be opened; close other programs that use it", 3),
        ("read", "unplugged", "there is no camera /dev/video63; connect it, or see --list-cameras", 3),
        ("unplug", "", "uvc:63 is gone; check its cable", 4),
    ],
)
def test_faults(tmp_path, scenario, fault, error, code):
    assert told(tmp_path, scenario, fault=fault) == {"error": error, "code": code}


def test_a_stalled_camera_is_a_lost_one(tmp_path):
    result = told(tmp_path, "stall")
    assert result["error"].startswith("uvc:63 has delivered nothing for")
    assert result["code"] == 4


def test_the_lens_waits_for_a_slow_estimator(tmp_path):
    options = ["--model", "sharpness", "--publish.no-enabled", "--sweep.slots", "4", "--sweeps", "2"]
    options += ["--sim.width-px", "64", "--sim.height-px", "48", "--slices-s-at-most", "3"]
    done = run(tmp_path, "run_pipeline.py", "--camera", "uvc:63", "--lens", "sim", *options)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("4 of 4 slices |") == 2
    losses = re.findall(r"lost (\d+) \| settling \d+ \| waiting (\d+)", done.stderr)
    assert {lost for lost, _ in losses} == {"0"}
    assert int(losses[-1][1]) > 10  # of 50 frames a second nobody needs most


def test_a_sweep_from_the_command_line(tmp_path):
    options = ["--model", "sharpness", "--publish.no-enabled", "--sweep.slots", "4", "--sweeps", "2"]
    options += ["--sim.width-px", "64", "--sim.height-px", "48"]  # of a lens only; quicker to make
    done = run(tmp_path, "run_pipeline.py", "--camera", "uvc:63", "--lens", "sim", *options)
    assert done.returncode == 0, done.stderr
    assert "sweep 1:" in done.stderr  # on a busy computer with fewer slices
