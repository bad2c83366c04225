"""Pulses and frames brought together, by time alone."""

import contextlib
import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.camera import CameraFrame
from capture.lens import LensInfo
from capture.sweep.plan import SweepPlan
from capture.sweep.timed_staircase import TimedStaircase, reached
from focstream.types import DeviceLostError, InputError

IMAGE = np.zeros((2, 2), np.uint8)
PLAN = SweepPlan(far_dpt=1.0, near_dpt=4.0, slots=4, waveform="staircase", rate_hz=50, overscan_dpt=0.0)
INFO = LensInfo(name="lens", far_dpt=0.0, near_dpt=5.0, settle_s=0.03, hysteresis_dpt=0.1)
SLOT_NS = 50_000_000  # to settle, and one period of 50 Hz


class Generator:
    def __init__(self):
        self.told = []

    def start_staircase(self, plan, *, slot_s):
        self.told.append((plan, slot_s))

    def stop_staircase(self):
        self.told.append("stopped")


class Clock:
    now = 1_000_000_000

    def __call__(self):
        return self.now


def started():
    clock, lens = Clock(), Generator()
    driver = TimedStaircase(PLAN, lens=lens, info=INFO, frame_rate_hz=50.0, clock=clock)
    driver.start()
    return driver, clock, lens


def frame(number, *, late_ns=0, exposure_s=0.01, slot_ns=SLOT_NS):
    start_ns = Clock.now + 30_000_000 + round(number * slot_ns) + late_ns
    return CameraFrame(
        image=IMAGE,
        frame_id=number,
        exposure_mid_ns=start_ns + round(exposure_s * 5e8),
        exposure_s=exposure_s,
        clock="device",
    )


def test_the_generator_is_told_and_stopped():
    driver, _, lens = started()
    driver.stop()
    assert lens.told == [(PLAN, pytest.approx(0.05)), "stopped"]


@given(
    late_ns=st.integers(-9_000_000, 39_000_000),
    drift=st.floats(-3e-4, 3e-4),
    lost=st.sets(st.integers(1, 200)),
    jitter=st.lists(st.integers(-4_000_000, 4_000_000), min_size=201, max_size=201),
)
def test_every_frame_finds_its_pulse(late_ns, drift, lost, jitter):
    driver, *_ = started()
    for number in range(201):
        if number in lost:
            continue
        one = frame(
            number, late_ns=late_ns + (jitter[number] if number else 0), slot_ns=SLOT_NS * (1 + drift)
        )
        placement = driver.place(one, room=True)
        assert (placement.sweep_id, placement.slot) == divmod(number, 4)
        assert not placement.settling
        assert placement.last_in_sweep == (number % 4 == 3)


def test_an_exposure_between_two_pulses_belongs_to_none():
    driver, *_ = started()
    driver.place(frame(0), room=True)
    placement = driver.place(frame(1, late_ns=22_000_000), room=True)
    assert placement.settling
    assert placement.speed_dpt_s is None
    assert not driver.place(frame(2), room=True).settling


def test_an_exposure_longer_than_a_slot_is_refused():
    driver, *_ = started()
    with pytest.raises(InputError, match="longer than lens stays in a slot"):
        driver.place(frame(0, exposure_s=0.021), room=True)


def test_silence_is_noticed():
    driver, clock, _ = started()
    for _ in range(8):
        clock.now += 100_000_000
        driver.prepare(0.1, room=True)
    clock.now += 100_000_000
    with pytest.raises(DeviceLostError, match="no image came for the pulses"):
        driver.prepare(0.1, room=True)


def test_the_focus_lags_behind_by_half_the_hysteresis():
    assert reached((1.0, 2.0, 3.0), hysteresis_dpt=0.2) == pytest.approx((1.1, 1.9, 2.9))
    assert reached((1.0, 1.05, 3.0), hysteresis_dpt=0.2) == pytest.approx((1.1, 1.1, 2.9))
    assert reached((1.0, 2.0), hysteresis_dpt=0.0) == (1.0, 2.0)


def test_a_computer_that_was_busy_is_no_silence_of_the_camera():
    driver, clock, _ = started()
    for _ in range(3):
        clock.now += 3_000_000_000
        driver.prepare(0.1, room=True)  # nobody looked for images meanwhile
    for _ in range(9):
        clock.now += 100_000_000
        with contextlib.suppress(DeviceLostError):
            driver.prepare(0.1, room=True)
    with pytest.raises(DeviceLostError, match=r"trigger cable.*computer was busy elsewhere for another"):
        driver.prepare(0.1, room=True)


def test_a_slow_reader_gets_slots_that_are_as_long_as_it_needs():
    lens = Generator()
    plan = dataclasses.replace(PLAN, slices_s=5.0)
    TimedStaircase(plan, lens=lens, info=INFO, frame_rate_hz=50.0, clock=Clock()).start()
    assert lens.told == [(plan, pytest.approx(0.2))]
