"""The estimator of a camera's clock on images that arrive as they do in the field; nothing here waits."""

import itertools
import logging
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.device_clock import DeviceClock

START_NS = 1_700_000_000_000_000_000
DEVICE_NS = 5_000_000_000
WAY_MS = 4.0  # of every image at least


class Camera:
    """Images of a camera and a reader, on paper."""

    def __init__(self, *, fps=60.0, seed=0, rate=1.0, hz=1_000_000_000, jitter_ms=1.0):
        self.fps, self.rate, self.hz, self.jitter_ms = fps, rate, hz, jitter_ms
        self.random = np.random.default_rng(seed)
        self.jump_s = {}
        self.still_from = None
        self.pauses_s = {}
        self.lost = frozenset()

    def images(self, count):
        """Number, true time, ticks, arrival and when nothing was waiting last, of each image."""
        jump_s, last_ticks, came_ns, free_ns, empty_ns = 0.0, 0, 0, 0, 0
        for number in range(count):
            jump_s += self.jump_s.get(number, 0.0)
            true_ns = START_NS + round(number * 1e9 / self.fps)
            device_s = DEVICE_NS * 1e-9 + (true_ns - START_NS) * 1e-9 * self.rate + jump_s
            ticks = last_ticks if number == self.still_from else round(device_s * self.hz)
            self.still_from = number + 1 if number == self.still_from else self.still_from
            last_ticks = ticks
            if number in self.lost:
                continue
            way_ms = WAY_MS + self.random.exponential(self.jitter_ms)
            came_ns = max(came_ns, true_ns + round(way_ms * 1e6))  # none overtakes another
            free_ns += round(self.pauses_s.get(number, 0.0) * 1e9)
            arrival_ns = max(came_ns, free_ns) + 100_000
            if came_ns > free_ns + 1_000_000:  # the reader had to wait for it
                empty_ns = arrival_ns
            yield number, true_ns, ticks, arrival_ns, empty_ns
            free_ns = arrival_ns + 300_000


def stamps(clock, camera, count):
    """Error of each stamp in milliseconds, beyond the way of an image; and what is said of it."""
    for number, true_ns, ticks, arrival_ns, empty_ns in camera.images(count):
        stamp = clock.stamp(ticks, arrival_ns=arrival_ns, empty_ns=empty_ns)
        yield number, (stamp.host_ns - true_ns) * 1e-6 - WAY_MS, stamp


def given_errors(clock, camera, count):
    """Errors of the stamps that are not in doubt, by number of the image."""
    return {number: error for number, error, stamp in stamps(clock, camera, count) if stamp.doubt is None}


def warnings(caplog):
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


@settings(max_examples=40)
@given(
    seed=st.integers(0, 2**32 - 1),
    fps=st.sampled_from([10.0, 30.0, 60.0, 200.0, 500.0]),
    drift_ppm=st.floats(-100, 100),
    jitter_ms=st.floats(0, 3),
    pauses=st.lists(st.tuples(st.integers(0, 299), st.floats(0.005, 2.0)), max_size=4),
    lost=st.frozensets(st.integers(0, 299), max_size=60),
)
def test_a_right_clock_is_never_suspected_however_late_its_images_are_read(
    seed, fps, drift_ppm, jitter_ms, pauses, lost
):
    camera = Camera(fps=fps, seed=seed, rate=1 + drift_ppm * 1e-6, jitter_ms=jitter_ms)
    camera.pauses_s, camera.lost = dict(pauses), lost
    found = list(stamps(DeviceClock("camera"), camera, 300))
    sure = [stamp.doubt is None for _, _, stamp in found]
    if True in sure:
        assert all(sure[sure.index(True) :])
    for _, error_ms, stamp in found:
        assert stamp.clock == "device"
        if stamp.doubt is None:
            assert -1.0 - 256 / fps * abs(drift_ppm) * 1e-3 < error_ms < 12.0


@pytest.mark.parametrize("fps", [2.0, 10.0, 30.0, 60.0, 200.0, 500.0])
def test_a_right_clock_is_trusted_soon(fps):
    first = next(iter(given_errors(DeviceClock("camera"), Camera(fps=fps), 300)))
    assert first <= max(8, 0.22 * fps)


@settings(max_examples=40)
@given(
    seed=st.integers(0, 2**32 - 1),
    fps=st.sampled_from([30.0, 60.0, 200.0]),
    jump_s=st.one_of(st.floats(-5.0, -0.2), st.floats(0.05, 5.0)),
    at=st.integers(60, 200),
)
def test_no_stamp_is_wrong_in_silence_when_the_clock_jumps(seed, fps, jump_s, at):
    camera = Camera(fps=fps, seed=seed)
    camera.jump_s = {at: jump_s}
    errors = given_errors(DeviceClock("camera"), camera, 300)
    assert max(map(abs, errors.values())) < max(12.0, 400 / fps)
    assert set(range(60, at)) <= errors.keys()
    assert at not in errors
    assert max(errors) == 299


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), fps=st.sampled_from([30.0, 60.0, 200.0]), behind=st.floats(1.0, 3.0))
def test_a_small_step_back_is_noticed_within_some_images(seed, fps, behind):
    """By a period and more, but forward from image to image, as the images between were lost."""
    camera = Camera(fps=fps, seed=seed, jitter_ms=0.5)
    step_s = max(behind / fps, 0.02)
    camera.jump_s = {100: -step_s}
    camera.lost = frozenset(range(95, 95 + int(step_s * fps) + 2)) - {100}
    camera.lost |= {100}
    errors = given_errors(DeviceClock("camera"), camera, 300)
    wrong = [number for number, error_ms in errors.items() if abs(error_ms) > max(12.0, 400 / fps)]
    assert len(wrong) <= 8
    assert max(errors) == 299


@pytest.mark.parametrize("rate", [0.0, 0.01, 0.125, 0.5, 0.9, 1.15, 2.0, 8.0])
def test_a_clock_at_another_rate_is_given_up_for_the_arrival_and_none_of_its_stamps_is_given(rate, caplog):
    found = list(stamps(DeviceClock("camera"), Camera(rate=rate, jitter_ms=0.5), 300))
    sure = [(error_ms, stamp.clock) for _, error_ms, stamp in found if stamp.doubt is None]
    assert {clock for _, clock in sure} == {"host"}
    assert len(sure) > 240
    assert max(abs(error_ms) for error_ms, _ in sure) < 9.0
    assert len(warnings(caplog)) == 1
    assert "stamped when they arrive instead (clock: host)" in warnings(caplog)[0]
    if rate == 0:
        assert "its clock stands still" in warnings(caplog)[0]
    else:
        told = re.search(r"its clock goes at ([\d.]+) of the right rate", warnings(caplog)[0])
        assert float(told[1]) == pytest.approx(rate, rel=0.03)


@pytest.mark.parametrize("rate", [0.97, 0.99, 0.995])
def test_a_rate_that_is_wrong_by_little_is_found_before_a_stamp_is_off_by_a_period(rate):
    errors = given_errors(DeviceClock("camera"), Camera(rate=rate, jitter_ms=0.5), 3000)
    assert max(map(abs, errors.values())) < 1000 / 60
    assert max(errors) == 2999


@pytest.mark.parametrize("told", [(125_000_000, 10**9), (10**9, 125_000_000), (10**6, 10**9, 125_000_000)])
def test_the_rate_of_the_ticks_is_the_first_told_one_that_fits(told, caplog):
    clock = DeviceClock("camera", tick_hz=told)
    found = list(stamps(clock, Camera(hz=125_000_000), 300))
    assert {stamp.clock for _, _, stamp in found} == {"device"}
    sure = [error_ms for _, error_ms, stamp in found if stamp.doubt is None]
    assert len(sure) > 240
    assert max(map(abs, sure)) < 5.0
    assert warnings(caplog) == []


def test_a_clock_that_stops_is_said_once_and_given_up(caplog):
    camera = Camera()
    camera.still_from = 100
    found = list(stamps(DeviceClock("camera"), camera, 300))
    assert [stamp.doubt for _, _, stamp in found[100:103]] == ["clock"] * 3
    assert {(stamp.doubt, stamp.clock) for _, _, stamp in found[103:]} == {(None, "host")}
    assert len(warnings(caplog)) == 2
    assert all("its clock stands still" in line for line in warnings(caplog))


def test_a_jump_is_said_once_and_many_jumps_end_the_trust(caplog):
    camera = Camera()
    camera.jump_s = {100: -0.7, 400: 0.7, 700: -0.7}
    found = list(stamps(DeviceClock("camera"), camera, 900))
    assert [line.split(";")[0] for line in warnings(caplog)] == [
        "camera: its clock went back by 0.70 s",
        "camera: its clock went ahead by 0.70 s",
        "camera: its clock went back by 0.70 s",
    ]
    assert found[699][2].clock == "device"
    assert found[700][2].doubt == "clock"
    assert {(stamp.doubt, stamp.clock) for _, _, stamp in found[701:]} == {(None, "host")}


def test_jumps_are_forgiven_after_a_minute(caplog):
    camera = Camera(fps=10.0)
    camera.jump_s = dict.fromkeys(range(100, 3000, 400), -0.7)
    found = list(stamps(DeviceClock("camera"), camera, 3000))
    assert {stamp.clock for _, _, stamp in found} == {"device"}
    assert len(warnings(caplog)) == len(camera.jump_s)


def test_without_stamps_an_image_that_may_have_waited_is_in_doubt(caplog):
    camera, clock = Camera(jitter_ms=0.2), DeviceClock("camera")
    camera.pauses_s = {150: 0.2}
    doubts = {}
    for number, true_ns, _, arrival_ns, empty_ns in camera.images(300):
        stamp = clock.stamp(None, arrival_ns=arrival_ns, empty_ns=empty_ns)
        doubts[number] = stamp.doubt
        assert stamp.clock == "host"
        if stamp.doubt is None:
            assert (stamp.host_ns - true_ns) * 1e-6 - WAY_MS < 9.0
    assert {number for number, doubt in doubts.items() if doubt == "late"} >= set(range(150, 160))
    assert set(itertools.islice(doubts.values(), 150)) == {None}
    assert [line.split(":")[0] for line in warnings(caplog)] == ["camera sends no stamps"]


def test_a_reader_too_slow_to_check_the_clock_is_told_so(caplog):
    camera, clock = Camera(fps=500.0), DeviceClock("camera")
    camera.pauses_s = dict.fromkeys(range(300), 0.003)
    assert given_errors(clock, camera, 300) == {}
    assert ["its images wait to be read" in line for line in warnings(caplog)] == [True]


@given(
    delays_ns=st.lists(st.integers(2_000_000, 9_000_000), min_size=1, max_size=40),
    offset_ns=st.integers(-(10**15), 10**15),
)
def test_the_quickest_image_gives_the_offset_of_the_clocks(delays_ns, offset_ns):
    clock = DeviceClock("camera")
    for number, delay_ns in enumerate(delays_ns):
        device_ns = 10**15 + number * 10_000_000
        arrival_ns = device_ns + offset_ns + delay_ns
        host_ns = clock.stamp(device_ns, arrival_ns=arrival_ns, empty_ns=arrival_ns).host_ns
        assert host_ns - device_ns - offset_ns == min(delays_ns[: number + 1])
        assert clock.offset_ns == host_ns - device_ns
