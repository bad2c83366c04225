"""How fast a sweep goes for a reader of a measured speed."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.camera import CameraInfo
from capture.lens import LensInfo
from capture.sweep.pacing import Pacing
from capture.sweep.plan import SweepConfig
from focstream.demand import Speed
from focstream.protocols import Readiness

CAMERA = CameraInfo(name="camera", width_px=64, height_px=48, colour=True, frame_rate_hz=30.0)
LENS = LensInfo(name="lens", far_dpt=0.0, near_dpt=10.0, settle_s=0.03)


class Measured(Readiness):
    def __init__(self, slices_s):
        self.slices_s = slices_s
        self.shapes = []

    def prepare(self, shape):
        self.shapes.append(shape)
        return Speed(slices_s=self.slices_s, most_slices_s=self.slices_s)

    def faster(self, shape):
        return "--model sharpness 28 slices/s"


def pacing(slices_s, **sweep):
    return Pacing(SweepConfig(**sweep), camera=CAMERA, lens=LENS, readiness=Measured(slices_s))


def test_the_estimator_hears_of_the_images_before_anything_moves():
    readiness = Measured(5.0)
    Pacing(SweepConfig(), camera=CAMERA, lens=LENS, readiness=readiness)
    assert readiness.shapes == [(48, 64, 3)]


@pytest.mark.parametrize("waveform", ["triangle", "sawtooth"])
def test_a_moving_focus_goes_no_faster_than_depth_is_computed(waveform, caplog):
    caplog.set_level("INFO")
    plan = pacing(5.0, waveform=waveform).plan
    assert plan.rate_hz == plan.slices_s == pytest.approx(4.5)
    assert plan.one_a_slot
    assert "this computer takes 5 slices/s at 64 × 48: sweeps of 10 slots at 0.45/s" in caplog.text
    assert "faster here, as measured: --model sharpness 28 slices/s" in caplog.text


@pytest.mark.parametrize("sweep", [{"waveform": "triangle"}, {"waveform": "staircase"}])
def test_a_fast_computer_changes_nothing_and_nothing_is_logged(sweep, caplog):
    caplog.set_level("INFO")
    plan = pacing(200.0, **sweep).plan
    assert plan == Pacing(SweepConfig(**sweep), camera=CAMERA, lens=LENS, readiness=None).plan
    assert plan.rate_hz == 30.0
    assert not plan.one_a_slot
    assert not caplog.records


def test_at_the_cameras_pace_the_estimator_does_not_count(caplog):
    caplog.set_level("INFO")
    slow = pacing(1.0, waveform="triangle", pace="camera")
    assert slow.plan.rate_hz == 30.0
    assert not slow.plan.waits
    assert slow.changed(1.0, given_s=30.0) is None
    assert not caplog.records


def test_a_rate_below_what_can_be_taken_stays():
    assert pacing(5.0, waveform="triangle", rate_hz=2.0).plan.rate_hz == 2.0


def test_a_reader_that_becomes_slower_slows_the_sweep_and_the_range_stays():
    one = pacing(20.0, waveform="triangle")
    first = one.plan
    assert one.changed(19.0, given_s=18.0) is None
    slower = one.changed(8.0, given_s=18.0)
    assert slower is not None
    assert slower.rate_hz == pytest.approx(7.2)
    assert (slower.far_dpt, slower.near_dpt) == (first.far_dpt, first.near_dpt)
    assert slower.overscan_dpt < first.overscan_dpt


def test_a_reader_that_becomes_faster_again_gets_the_first_plan_back_and_no_more():
    one = pacing(10.0, waveform="triangle")
    first = one.plan
    one.changed(5.0, given_s=9.0)
    assert one.changed(5.5, given_s=4.5) is None
    assert one.changed(100.0, given_s=4.5) == first
    assert one.changed(100.0, given_s=9.0) is None


def test_a_reader_that_was_never_measured_changes_nothing():
    assert pacing(10.0, waveform="triangle").changed(math.inf, given_s=9.0) is None


def test_a_sweep_that_gives_less_than_is_taken_stays():
    """A lens' generator steps as slowly as its lens settles, whatever the frame rate of the camera."""
    one = pacing(math.inf, waveform="triangle")
    assert one.changed(25.0, given_s=18.0) is None
    slower = one.changed(10.0, given_s=18.0)
    assert slower is not None
    assert one.changed(16.0, given_s=9.0) is not None  # 14.4 slices/s
    assert one.changed(17.0, given_s=12.0) is None


@given(first=st.floats(1, 200), then=st.floats(1, 200), slots=st.integers(2, 60))
def test_a_changed_sweep_never_goes_farther_than_the_lens_can(first, then, slots):
    one = pacing(first, waveform="triangle", slots=slots)
    plan = one.changed(then, given_s=one.plan.rate_hz) or one.plan
    assert plan.far_dpt - plan.overscan_dpt >= LENS.far_dpt - 1e-9
    assert plan.near_dpt + plan.overscan_dpt <= LENS.near_dpt + 1e-9
    assert plan.rate_hz > 0


def test_where_skipping_maps_is_enough_nothing_is_slowed(caplog):
    class Skipping(Measured):
        def prepare(self, shape):
            return Speed(slices_s=20.0, most_slices_s=50.0)

    caplog.set_level("INFO")
    sweep = SweepConfig(waveform="triangle")
    plan = Pacing(sweep, camera=CAMERA, lens=LENS, readiness=Skipping(20.0)).plan
    assert plan == Pacing(sweep, camera=CAMERA, lens=LENS, readiness=None).plan
    assert not caplog.records


def test_small_changes_of_the_pace_are_not_worth_a_line(caplog):
    caplog.set_level("INFO")
    one = pacing(20.0, waveform="triangle")
    for slices_s in (16.0, 12.0, 11.0, 10.0):
        one.changed(slices_s, given_s=one.plan.rate_hz)
    lines = [line for line in caplog.messages if line.startswith("this computer takes")]
    assert [line.split()[3] for line in lines] == ["20", "12"]
