"""Procedures before small simulated rigs whose truth is known."""

import numpy as np
import pytest

from calibration.measure.fits.board import Board, board_vergence_dpt
from calibration.measure.fits.errors import BadCalibrationDataError
from calibration.measure.live.measure import measure_focus, measure_step
from calibration.measure.live.procedures import (
    needed,
    run_breathing,
    run_flatfield,
    run_focus,
    run_intrinsics,
    run_timing,
)
from calibration.measure.live.stage import SimulatedStage
from capture.simulator.camera.sensor import SensorModel
from capture.simulator.camera.settings import CameraSettings
from capture.simulator.hidden.rig import HiddenRig
from capture.simulator.hidden.truth import HiddenTruth
from capture.simulator.lens.model import LensModel
from tests.calibration.profiles import focus_part

pytest.importorskip("scipy", reason='needs scipy: pip install "focstream[calibration]"')
SIZE_PX = (160, 120)


def rig(**changes):
    values = {"offset_dpt": 0.1, "gain": 0.95, "lens": LensModel(hysteresis_dpt=0.05)}
    own = {key: changes.pop(key) for key in ("fault", "settings", "size_px") if key in changes}
    return HiddenRig(HiddenTruth(**(values | changes)), **({"size_px": SIZE_PX} | own))


def run_breathing_of_all(stage, *, date):
    return run_breathing(stage, focus_part(), settings=9, date=date)


def run_focus_of_all(stage, *, date):
    return run_focus(stage, vergences_dpt=[1.5, 2.0, 2.5, 3.0], date=date)


def test_up_and_down_meet_at_the_sharpest_command_in_spite_of_backlash():
    hidden = rig()
    with SimulatedStage(hidden).wall(2.0) as station:
        sample = measure_focus(station, 2.0)
    assert hidden.truth.to_dpt(sample.command) == pytest.approx(2.0, abs=0.01)


def test_latency_hysteresis_and_settle_time_are_found():
    hidden = rig()
    part = run_timing(SimulatedStage(hidden), date="today").part
    assert part.latency_s == pytest.approx(hidden.truth.lens.latency_s, abs=5e-4)
    assert part.hysteresis * 0.95 == pytest.approx(0.05, abs=5e-3)
    assert part.settle_s == pytest.approx(hidden.truth.lens.settle_s(1.0, tolerance_dpt=0.05), abs=2e-3)


def test_shading_is_found():
    part = run_flatfield(SimulatedStage(rig(vignetting=0.3)), focus_part(), settings=2, date="today")
    assert part.brightness(2.0, (120, 160))[0, 0] == pytest.approx(0.7, abs=0.02)


def test_a_wall_without_texture_is_refused():
    with (
        SimulatedStage(rig()).wall(2.0, textured=False) as station,
        pytest.raises(
            BadCalibrationDataError, match=r"clearly sharper|end of the range|no clean peak|about the peak"
        ),
    ):
        measure_focus(station, 2.0)


@pytest.mark.parametrize("procedure", [run_timing, run_breathing_of_all, run_focus_of_all])
def test_a_target_that_moves_is_refused(procedure):
    stage = SimulatedStage(rig(fault="moving"))
    with pytest.raises(BadCalibrationDataError, match=r"moved|clean peak|something else|a step|no line"):
        procedure(stage, date="today")


def test_saturated_pictures_are_refused():
    settings = CameraSettings(sensor=SensorModel(gain=3.0))
    with pytest.raises(BadCalibrationDataError, match="saturated"):
        run_flatfield(SimulatedStage(rig(settings=settings)), focus_part(), settings=2, date="today")


def test_a_board_that_is_not_there_is_refused():
    stage = SimulatedStage(rig(fault="plain"))
    with pytest.raises(BadCalibrationDataError, match="board not seen"):
        run_intrinsics(stage, focus_part(), Board(), vergences_dpt=[2.5], views=5, date="today")


def test_too_few_distances_are_refused_before_anything_is_measured():
    with pytest.raises(BadCalibrationDataError, match="only 3 distances"):
        run_focus(SimulatedStage(rig()), vergences_dpt=[1.0, 2.0, 3.0], date="today")


def test_the_settle_time_does_not_hang_on_noise_where_the_overshoot_just_leaves_the_band():
    truth = HiddenTruth.random(3)  # 5.5 % of overshoot, where 5 % are the band
    with SimulatedStage(HiddenRig(truth, size_px=(360, 270))).wall(None) as station:
        found = measure_step(station, frame_rate_hz=station.camera.info.frame_rate_hz)
    assert found.settle_s == pytest.approx(truth.lens.settle_s(1.0, tolerance_dpt=0.05), abs=2e-3)


def test_the_pose_of_a_board_tells_its_distance():
    hidden = rig(size_px=(320, 240))
    board = Board(square_m=0.006)
    with SimulatedStage(hidden).board(board, view=None, vergence_dpt=2.0) as station:
        image = station.mean((2.0 - 0.1) / 0.95, frames=2)
    found_dpt = board_vergence_dpt(board, image, about_dpt=1.0, intrinsics=lambda _: hidden.intrinsics)
    assert found_dpt == pytest.approx(2.0, abs=0.02)


def test_a_profile_without_focus_cannot_breathe():
    with pytest.raises(BadCalibrationDataError, match=r"p\.toml"):
        needed(None, path="p.toml")


def test_random_truths_repeat():
    assert HiddenTruth.random(3) == HiddenTruth.random(3)
    assert not np.isclose(HiddenTruth.random(3).gain, HiddenTruth.random(4).gain)
