"""The same fits from folders of images, taken beforehand of small simulated rigs whose truth is known."""

import cv2
import numpy as np
import pytest

from calibration.apply.parts import FocusPart
from calibration.measure.fits.errors import BadCalibrationDataError
from calibration.measure.fits.timing import SpeedSample, fit_timing
from calibration.measure.live.stage import SimulatedStage
from calibration.measure.recorded.measure import focus_sample, pictures, speed_sample
from calibration.measure.recorded.procedures import recorded_breathing, recorded_flatfield, recorded_focus
from calibration.measure.recorded.takes import Take, find_takes
from capture.simulator.hidden.rig import HiddenRig
from capture.simulator.hidden.truth import HiddenTruth
from focstream.types import InputError
from tests.calibration.profiles import focus_part
from tests.capture.recording.series.series import eight_sweeps, write_series

pytest.importorskip("scipy", reason='needs scipy: pip install "focstream[calibration]"')
TRUTH = HiddenTruth(offset_dpt=0.1, gain=0.95, breathing_per_dpt=0.006, vignetting=0.3, commands=(0.0, 5.0))
SIZE_PX = (160, 120)
DATE = "today"


def save(folder, rig, *, vergence_dpt=None, commands, textured=True):
    """Put a wall before a rig, and save a picture for each command with its focus.csv."""
    folder.mkdir(parents=True)
    lines = ["file,dioptres"]
    with SimulatedStage(rig).wall(vergence_dpt, textured=textured) as station:
        for k, command in enumerate(commands):
            cv2.imwrite(str(folder / f"{k}.png"), station.mean(float(command), frames=2))
            lines.append(f"{k}.png,{command}")
    (folder / "focus.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Take(path=folder)


def test_a_recording_in_several_files_is_one_take(tmp_path):
    write_series(tmp_path / "run", eight_sweeps())
    assert find_takes(tmp_path / "run") == [Take(path=tmp_path / "run")]
    assert find_takes(tmp_path) == [Take(path=tmp_path / "run")]
    (take,) = find_takes(tmp_path)
    assert [shot.sweep_id for shot in take.shots()] == [number // 4 for number in range(32)]
    assert take.device(camera="c", lens="l").width_px == 16


def exact_focus():
    zeros = tuple((0.0,) * 4 for _ in range(4))
    return FocusPart(**(focus_part().model_dump() | {
        "offset_dpt": 0.1, "gain": 0.95, "curve": 0.0, "drift_dpt_per_k": 0.0, "covariance": zeros,
    }))  # fmt: skip


def test_a_focus_map_comes_from_a_folder_of_folders(tmp_path):
    rig = HiddenRig(TRUTH, size_px=SIZE_PX)
    vergences = [1.0, 1.7, 2.4, 3.1, 3.8]
    for k, dpt in enumerate(vergences):
        middle = (dpt - 0.1) / 0.95
        save(tmp_path / f"t{k}", rig, vergence_dpt=dpt, commands=np.linspace(middle - 0.9, middle + 0.9, 31))
    takes = find_takes(tmp_path)
    run = recorded_focus(takes, vergences_dpt=vergences, date=DATE)
    for command in (1.0, 2.5, 3.8):
        assert run.part.to_dpt(command) == pytest.approx(TRUTH.to_dpt(command), abs=0.02)
    with pytest.raises(BadCalibrationDataError, match="5 recordings but 2 distances"):
        recorded_focus(takes, vergences_dpt=vergences[:2], date=DATE)
    with pytest.raises(InputError, match="--camera-name"):
        takes[0].device(camera=None, lens=None)
    device = takes[0].device(camera="c", lens="l")
    assert (device.width_px, device.height_px) == SIZE_PX


def test_breathing_and_shading_come_from_folders(tmp_path):
    rig = HiddenRig(TRUTH, size_px=SIZE_PX)
    take = save(tmp_path / "wall", rig, commands=np.linspace(1.0, 4.0, 13))
    part = recorded_breathing(take, exact_focus(), date=DATE).part
    true = TRUTH.breathing
    expected = true.magnification(3.5) / true.magnification(part.reference_dpt)
    assert part.scale(3.5) == pytest.approx(expected, abs=1e-3)
    white = save(tmp_path / "white", rig, commands=np.linspace(1.0, 4.0, 4), textured=False)
    flat = recorded_flatfield(white, exact_focus(), settings=2, date=DATE)
    assert flat.brightness(2.0, (120, 160))[0, 0] == pytest.approx(0.7, abs=0.02)
    images, vergences = pictures(white, exact_focus())
    assert (len(images), vergences[0]) == (4, pytest.approx(1.05))


def test_bad_takes_are_refused(tmp_path):
    commands = np.linspace(1.0, 3.0, 21)
    plain = save(tmp_path / "plain", HiddenRig(TRUTH, size_px=SIZE_PX), vergence_dpt=2.0, commands=commands,
                 textured=False)  # fmt: skip
    with pytest.raises(
        BadCalibrationDataError, match=r"clearly sharper|no clean peak|end of the range|about"
    ):
        focus_sample(plain, 2.0)
    wall = save(tmp_path / "wall", HiddenRig(TRUTH, size_px=SIZE_PX), vergence_dpt=2.0, commands=commands)
    with pytest.raises(BadCalibrationDataError, match="same way"):
        speed_sample(wall)
    (wall.path / "focus.csv").unlink()
    with pytest.raises(InputError, match=r"focus\.csv"):
        focus_sample(wall, 2.0)
    (tmp_path / "nothing").mkdir()
    with pytest.raises(InputError, match="no recordings"):
        find_takes(tmp_path / "nothing")
    with pytest.raises(InputError, match="cannot be read"):
        find_takes(tmp_path / "missing")


def test_timing_without_a_step_tells_no_settle_time():
    samples = [
        SpeedSample(speed=v, up=2.0 + 0.007 * v + 0.02, down=2.0 - 0.007 * v - 0.02, sigma=0.001)
        for v in (1.0, 2.0, 4.0)
    ]
    part = fit_timing(samples, None, date=DATE)
    assert part.settle_s is None
    assert part.latency_s == pytest.approx(0.007, abs=1e-6)
