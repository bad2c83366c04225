"""Procedures before small simulated rigs whose truth is known."""

import numpy as np
import pytest

from calibration.fits.errors import BadCalibrationDataError
from calibration.live.measure import measure_focus
from calibration.live.procedures import needed, run_flatfield, run_timing
from calibration.live.stage import SimulatedStage
from capture.simulator.hidden_rig import HiddenRig
from capture.simulator.hidden_truth import HiddenTruth
from capture.simulator.lens_model import LensModel
from tests.calibration.profiles import focus_part

pytest.importorskip("scipy")
SIZE_PX = (160, 120)


def rig(**changes):
    values = {"offset_dpt": 0.1, "gain": 0.95, "lens": LensModel(hysteresis_dpt=0.05)}
    return HiddenRig(HiddenTruth(**(values | changes)), size_px=SIZE_PX)


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


def test_a_profile_without_focus_cannot_breathe():
    with pytest.raises(BadCalibrationDataError, match=r"p\.toml"):
        needed(None, path="p.toml")


def test_random_truths_repeat():
    assert HiddenTruth.random(3) == HiddenTruth.random(3)
    assert not np.isclose(HiddenTruth.random(3).gain, HiddenTruth.random(4).gain)
