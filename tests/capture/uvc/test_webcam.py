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


def told(tmp_path, scenario, *, fault="", device="63", log=None, **options):
    words = ("tests.capture.uvc.uvc_reader", scenario, str(device), json.dumps(options))
    done = run(tmp_path, "-m", *words, fault=fault)
    assert done.returncode == 0, done.stderr
    if log is not None:
        log.extend(done.stderr.splitlines())
    return json.loads(done.stdout.splitlines()[-1])


def check_stamps(taken, *, within_ns=2_000_000):
    """Every frame must have its own stamp, whenever it was read: they are 20 ms apart."""
    numbers, _, mids_ns, *_ = np.array(taken).T
    off_ns = (mids_ns - mids_ns[0]) - (numbers - numbers[0]) * PERIOD_NS
    # the clock of the epoch, to which they are mapped, is itself corrected now and then
    assert np.abs(off_ns).max() < within_ns


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
    result = told(tmp_path, "pause", fault="zero-stamps")
    last = result["before"][-1][0]
    assert min(number for number, *_ in result["after"]) > last + 100  # 2.5 s are 125 frames


def test_another_clock_than_ours_is_mapped_to_it(tmp_path):
    result = told(tmp_path, "pause", fault="odd-clock")
    check_stamps(result["before"] + result["after"], within_ns=12_000_000)
    assert result["after"][0][3] > 2000


def test_no_stamp_is_wrong_in_silence_when_the_clock_jumps_back(tmp_path):
    result = told(tmp_path, "jump")
    numbers, _, mids_ns, *_ = np.array(result["taken"]).T
    taken_ns = mids_ns - numbers * PERIOD_NS
    sure = np.array([doubt is None for doubt in result["doubts"]])
    assert 5 < sure.sum() < len(sure) - 5
    assert np.ptp(taken_ns[sure]) < 100_000_000  # but 0.7 s
    assert result["doubts"][-1] is None


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


@pytest.mark.parametrize(
    ("left_at", "size"),
    [
        ("", [160, 120, 50.0]),
        ("left-at-320x240", [320, 240, 25.0]),
        ("left-at-25fps", [160, 120, 25.0]),
        ("left-at-grey", [160, 120, 50.0]),
    ],
)
def test_the_camera_is_used_in_the_mode_it_was_left_at(tmp_path, left_at, size):
    result = told(tmp_path, "read", fault=left_at)
    assert result["size"] == size
    numbers, _, mids_ns, *_ = np.array(result["taken"]).T
    period_ns = (mids_ns[-1] - mids_ns[0]) / (numbers[-1] - numbers[0])
    assert period_ns == pytest.approx(1e9 / size[2], rel=0.05)


@pytest.mark.parametrize(
    ("options", "size"),
    [
        ({"width_px": 320, "height_px": 240}, [320, 240, 25.0]),
        ({"width_px": 320}, [320, 240, 25.0]),
        ({"fps": 25}, [160, 120, 25.0]),
        ({"fourcc": "grey"}, [160, 120, 50.0]),
    ],
)
def test_a_mode_is_set_as_asked_for(tmp_path, options, size):
    result = told(tmp_path, "read", **options)
    assert result["size"] == size
    assert len(result["taken"]) == 20


MODES = "it offers 160×120 YUYV at 50, 25 Hz; 320×240 YUYV at 25 Hz; 160×120 GREY at 50 Hz"


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        ({"width_px": 1280, "height_px": 720}, "1280×720"),
        ({"height_px": 720}, "any width×720"),
        ({"fourcc": "MJPG", "fps": 30}, "MJPG at 30 Hz"),
        ({"width_px": 320, "fps": 50}, "320×any height at 50 Hz"),
    ],
)
def test_a_mode_that_is_not_there_is_an_error_that_lists_the_modes(tmp_path, options, asked):
    error = told(tmp_path, "read", **options)
    assert error == {"error": f"uvc:63 has no mode {asked}; {MODES}", "code": 2}


def test_a_camera_that_refuses_the_size_opencv_begins_with_is_no_camera_in_use(tmp_path):
    error = told(tmp_path, "read", fault="one-size")
    assert error["code"] == 3
    assert error["error"].startswith("uvc:63 cannot be opened, though no other program uses it")
    assert error["error"].endswith("it offers 160×120 YUYV at 50, 25 Hz")


def test_a_path_and_a_link_are_as_good_as_a_number(tmp_path):
    link = tmp_path / "usb-Simulated_webcam-video-index0"
    link.symlink_to("/dev/video63")
    for device in ("/dev/video63", link):
        assert len(told(tmp_path, "read", device=device)["taken"]) == 20
    assert told(tmp_path, "unplug", device=link)["error"] == f"uvc:{link} is gone; check its cable"
    gone = told(tmp_path, "read", device=tmp_path / "other")
    assert gone["error"].startswith(f"there is no camera {tmp_path / 'other'}; connect it")


ON, OFF = [3, 1, 1], [1, 0, 0]


def test_automatics_are_off_for_the_run_and_put_back(tmp_path):
    log = []
    result = told(tmp_path, "automatics", log=log)
    assert (result["first"], result["meanwhile"], result["last"]) == (ON, OFF, ON)
    assert (
        "INFO uvc:63: automatic exposure, automatic white balance, autofocus switched off for this run" in log
    )


def test_automatics_are_kept_on_demand(tmp_path):
    assert told(tmp_path, "automatics", automatics="keep")["meanwhile"] == ON


def test_what_cannot_be_switched_off_is_reported(tmp_path):
    log = []
    result = told(tmp_path, "automatics", fault="auto-stays", log=log)
    assert result["meanwhile"] == ON
    for what in ("automatic exposure", "automatic white balance", "autofocus"):
        assert any(f"WARNING uvc:63: {what} could not be switched off" in line for line in log)


def test_automatics_are_put_back_even_after_the_camera_was_away(tmp_path):
    log = []
    result = told(tmp_path, "replug", log=log)
    assert (result["first"], result["last"]) == (ON, ON)
    assert len(result["taken"]) == 4
    assert "WARNING uvc:63: autofocus could not be switched on again (it is gone)" in log


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


def test_a_path_and_a_mode_from_the_command_line(tmp_path):
    options = ["--model", "sharpness", "--publish.no-enabled", "--sweep.slots", "4", "--sweeps", "1"]
    options += ["--sim.width-px", "64", "--sim.height-px", "48", "--uvc.width-px", "320"]
    done = run(tmp_path, "run_pipeline.py", "--camera", "uvc:/dev/video63", "--lens", "sim", *options)
    assert done.returncode == 0, done.stderr
    assert "uvc:/dev/video63" in done.stderr
    done = run(
        tmp_path, "run_pipeline.py", "--camera", "uvc:63", "--lens", "sim", *options[:3], "--uvc.fps", "7"
    )
    assert done.returncode == 2
    assert f"uvc:63 has no mode at 7 Hz; {MODES}" in done.stderr.splitlines()[-1]


def test_it_is_listed_by_what_opens_it(tmp_path):
    """A device that can be opened is found, wherever its file is: this one has none in /dev."""
    done = run(tmp_path, "run_pipeline.py", "--list-cameras")
    assert done.returncode == 0, done.stderr
    assert any(line.startswith("uvc:63  ") for line in done.stdout.splitlines()), done.stdout
    gone = run(tmp_path, "run_pipeline.py", "--list-cameras", fault="unplugged")
    assert "uvc:63" not in gone.stdout


def test_exposure_and_gain_are_set_while_it_runs(tmp_path):
    result = told(tmp_path, "adjust")
    exposure, gain = result["before"]
    assert (exposure["name"], exposure["value"], exposure["unit"]) == ("exposure", 0.004, "s")
    assert exposure["highest"] == pytest.approx(0.02)  # of 50 frames a second
    assert "--uvc.fps" in exposure["note"]
    assert (gain["name"], gain["value"], gain["highest"], gain["unit"]) == ("gain", 0, 255, "")
    assert [one["value"] for one in result["after"]] == [pytest.approx(0.01), 7]
    assert {exposure_s for *_, exposure_s in result["taken"]} == {0.01}


def test_what_the_webcam_sets_by_itself_is_not_offered(tmp_path):
    result = told(tmp_path, "adjust", automatics="keep")
    assert [one["name"] for one in result["before"]] == ["gain"]


def test_an_exposure_that_is_refused_is_one_line(tmp_path):
    result = told(tmp_path, "refuse")
    assert result == {"error": "exposure: uvc:63 refuses 0.01 (Permission denied)", "code": 2}
