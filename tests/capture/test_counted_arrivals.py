"""When images were taken, from nothing but their count and when they came; nothing here waits."""

import logging
import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.counted_arrivals import CountedArrivals

START_NS = 1_700_000_000_000_000_000
WAY_NS = 4_000_000  # of every image at least
SOON = 60  # images until there is a line, where a third of them comes at once
TOLERATED_MS = 6.0  # the line may be as late as images that agree with it are from the quickest


class Camera:
    """Images of a camera that runs freely, and a computer that is late for some of them, on paper."""

    def __init__(self, *, fps=40.0, seed=0, late_share=0.0, late_ms=60.0):
        self.random = np.random.default_rng(seed)
        self.period_ns = np.full(1000, 1e9 / fps)
        self.late_share, self.late_ms = min(late_share, 6 / fps), late_ms  # more, and none is in time
        self.lost = frozenset()
        self.pauses_ms = {}

    def images(self, count):
        """Number, true time, arrival, and when nothing was waiting last, of each image."""
        true_ns, came_ns, free_ns, empty_ns = START_NS, 0, 0, 0
        for number in range(count):
            true_ns += round(self.period_ns[number])
            late_ns = 0.0
            if self.random.random() < self.late_share:
                late_ns = self.random.uniform(0, self.late_ms * 1e6)
            if number in self.lost:
                continue
            came_ns = max(came_ns, true_ns + WAY_NS)
            free_ns += round(self.pauses_ms.get(number, 0.0) * 1e6)
            waits = came_ns > free_ns + 1_000_000
            arrival_ns = (round(came_ns + late_ns) if waits else free_ns) + 100_000
            empty_ns = arrival_ns if waits else empty_ns
            yield number, true_ns + WAY_NS + 100_000, arrival_ns, empty_ns
            free_ns = arrival_ns + 300_000


def estimates(camera, count, *, counts=True):
    """Number, error and uncertainty in milliseconds of each image; the error is NaN where there is none."""
    arrivals, found = CountedArrivals("camera"), []
    for delivered, (number, true_ns, arrival_ns, empty_ns) in enumerate(camera.images(count)):
        estimate = arrivals.take(
            number if counts else delivered, is_counted=counts, arrival_ns=arrival_ns, empty_ns=empty_ns
        )
        error_ms = math.nan if estimate.host_ns is None else (estimate.host_ns - true_ns) * 1e-6
        found.append((number, error_ms, estimate.unsure_ns * 1e-6))
    return found


def check_honest(found):
    """No image was taken later than is said, and hardly earlier."""
    for number, error_ms, unsure_ms in found:
        if not math.isinf(unsure_ms):
            assert -unsure_ms - TOLERATED_MS < error_ms < TOLERATED_MS, number


def informed(found, *, within_ms=10.0):
    return {number for number, _, unsure_ms in found if unsure_ms <= within_ms}


@settings(max_examples=60)
@given(
    seed=st.integers(0, 2**32 - 1),
    fps=st.sampled_from([15.0, 40.0, 120.0, 500.0]),
    late_share=st.floats(0, 0.3),
    lost=st.frozensets(st.integers(0, 399), max_size=40),
    pauses_ms=st.dictionaries(st.integers(0, 399), st.floats(5, 150), max_size=4),
)
def test_late_images_never_pull_it(seed, fps, late_share, lost, pauses_ms):
    camera = Camera(fps=fps, seed=seed, late_share=late_share)
    camera.lost, camera.pauses_ms = lost, pauses_ms
    check_honest(estimates(camera, 400))


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), fps=st.sampled_from([15.0, 40.0, 120.0]))
def test_on_a_busy_computer_most_images_are_timed_well(seed, fps):
    found = estimates(Camera(fps=fps, seed=seed, late_share=0.2), 400)
    timed = informed(found) - set(range(SOON))
    assert len(timed) > 0.5 * 340
    assert max(abs(error_ms) for number, error_ms, _ in found if number in timed) < TOLERATED_MS


def test_images_that_waited_are_timed_by_their_count():
    camera = Camera()
    camera.pauses_ms = {100: 180.0}
    found = estimates(camera, 200)
    assert informed(found) >= set(range(20, 200))
    assert max(abs(error_ms) for number, error_ms, _ in found if number >= 20) < 0.1


@given(factor=st.floats(0.2, 5.0))
def test_another_rate_is_noticed_and_found(factor):
    camera = Camera()
    camera.period_ns[200:] *= factor
    found = estimates(camera, 400)
    check_honest(found)
    assert len(informed(found) & set(range(320, 400))) > 40


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), stall_ms=st.floats(1, 400))
def test_a_camera_that_pauses_uncounted_is_noticed(seed, stall_ms):
    camera = Camera(seed=seed, late_share=0.1)
    camera.period_ns[200] += stall_ms * 1e6
    found = estimates(camera, 400)
    check_honest(found)
    assert len(informed(found) & set(range(320, 400))) > 40


@settings(max_examples=40)
@given(
    seed=st.integers(0, 2**32 - 1),
    lost=st.frozensets(st.integers(0, 399), max_size=6),
    pauses_ms=st.dictionaries(st.integers(0, 399), st.floats(5, 150), max_size=3),
)
def test_losses_of_a_camera_that_does_not_count_make_images_unsure_not_wrong(seed, lost, pauses_ms):
    camera = Camera(seed=seed, late_share=0.05)
    camera.lost, camera.pauses_ms = lost, pauses_ms
    found = estimates(camera, 400, counts=False)
    check_honest(found)
    assert len(informed(found)) > 100


def test_a_loss_that_is_not_counted_costs_some_images_only():
    camera = Camera()
    camera.lost = frozenset([100])
    found = estimates(camera, 200, counts=False)
    unsure = {number for number, _, _ in found} - informed(found)
    assert unsure == set(range(8)) | set(range(101, 109))


def test_images_without_a_period_are_never_timed_and_that_is_logged_once(caplog):
    camera = Camera(fps=40.0)
    camera.period_ns = np.random.default_rng(3).uniform(5e6, 80e6, 1000)
    found = estimates(camera, 600)
    assert len(informed(found)) < 30
    warned = [one.getMessage() for one in caplog.records if one.levelno >= logging.WARNING]
    assert [line.split(":")[1].strip() for line in warned] == [
        "its images come too irregularly to find when they were taken"
    ]
