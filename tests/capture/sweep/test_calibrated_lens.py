import pytest

from capture.simulator.hidden.lens import HiddenLens
from capture.simulator.hidden.truth import HiddenTruth
from capture.simulator.hidden.virtual_clock import VirtualClock
from capture.simulator.lens.model import LensModel
from capture.sweep.calibrated_lens import calibrated
from focstream.types import InputError
from tests.calibration.profiles import focus_part, profile, timing_part

TRUTH = HiddenTruth(offset_dpt=0.3, gain=0.9, curve=0.01, lens=LensModel(hysteresis_dpt=0.0))


def lenses(**parts):
    clock = VirtualClock()
    inside = HiddenLens(TRUTH, clock=clock)
    part = focus_part(drift_dpt_per_k=0.0)
    return inside, calibrated(inside, profile(focus=part, **parts)), clock


def test_a_calibrated_lens_goes_where_it_is_asked_to():
    inside, lens, clock = lenses()
    with lens:
        for wanted_dpt in (0.5, 3.0, 4.5):
            lens.move(wanted_dpt)
            clock.sleep(1.0)
            assert inside.inside.position_dpt(clock.now_ns()) == pytest.approx(wanted_dpt, abs=1e-6)


def test_its_limits_and_timing_are_as_calibrated():
    _, lens, _ = lenses(timing=timing_part())
    assert (lens.info.far_dpt, lens.info.near_dpt) == pytest.approx(TRUTH.limits_dpt)
    assert (lens.info.latency_s, lens.info.settle_s) == (0.006, 0.02)
    assert lens.info.hysteresis_dpt == pytest.approx(0.04 * (0.9 + 0.02 * 2.5))
    assert lens.info.is_metric


def test_beyond_its_limits_it_says_so():
    _, lens, _ = lenses()
    with lens, pytest.raises(InputError, match="cannot focus"):
        lens.move(9.0)


def test_without_a_focus_map_the_lens_stays_itself():
    inside, _, _ = lenses()
    assert calibrated(inside, None) is inside
    assert calibrated(inside, profile(timing=timing_part())) is inside
