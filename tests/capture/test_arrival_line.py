"""The line below the arrivals of counted images."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.arrival_line import ArrivalLine

START_NS = 1_700_000_000_000_000_000


def lined(numbers, delays_ns, *, period_ns=25_000_000):
    line = ArrivalLine()
    for number, delay_ns in zip(numbers, delays_ns, strict=True):
        line.add(int(number), START_NS + int(number) * period_ns + int(delay_ns))
    return line


@given(
    seed=st.integers(0, 2**32 - 1),
    count=st.integers(2, 700),
    period_ns=st.integers(1_000_000, 1_000_000_000),
    scale_ns=st.integers(0, 100_000_000),
)
def test_no_image_that_it_remembers_is_before_the_line_and_two_are_on_it(seed, count, period_ns, scale_ns):
    random = np.random.default_rng(seed)
    numbers = np.cumsum(random.integers(1, 4, count))
    delays_ns = random.integers(0, scale_ns + 1, count)
    line = lined(numbers, delays_ns, period_ns=period_ns)
    assert min(count, 256) <= len(line) < 320
    kept = range(count - len(line), count)
    behind_ns = [
        START_NS + int(numbers[at]) * period_ns + int(delays_ns[at]) - line.at(int(numbers[at]))
        for at in kept
    ]
    assert min(behind_ns) >= 0
    assert sorted(behind_ns)[1] <= 1  # whole nanoseconds


def test_late_images_leave_it_where_it_is():
    delays_ns = np.zeros(200)
    delays_ns[np.arange(200) % 3 != 0] = 80_000_000
    line = lined(range(200), delays_ns)
    assert line.at(1000) == START_NS + 1000 * 25_000_000


def test_it_follows_the_drift_of_the_clocks():
    numbers = np.arange(4000)
    line = lined(numbers, 1e-11 * (25e6 * numbers) ** 2 * 1e-3)
    behind_ns = START_NS + 4000 * 25_000_000 + 1e-14 * (25e6 * 4000) ** 2 - line.at(4000)
    assert abs(behind_ns) < 1_000_000


@pytest.mark.parametrize(
    ("numbers", "delays_ms", "fits"),
    [
        (range(9), [0] * 9, True),
        (range(8), [0] * 8, False),  # too few
        (range(0, 250, 50), [0] * 5, True),  # few, but over a long time
        (range(30), [0, 40, 40] * 10, True),
        (range(12), [0, 0, 0, 0, 0, 0, 60, 50, 40, 60, 50, 40], False),  # only the beginning agrees
        (range(12), [0, 11, 3, 14, 6, 17, 4, 15, 8, 19, 7, 12], False),
    ],
)
def test_it_fits_when_enough_images_are_on_it_over_most_of_the_time(numbers, delays_ms, fits):
    line = lined(numbers, np.array(delays_ms) * 1e6)
    assert line.fits(within_ns=2_000_000) == fits


def test_many_images_in_a_short_time_do_not_fit_yet():
    assert not lined(range(99), [0] * 99, period_ns=2_000_000).fits(within_ns=1_000_000)
    assert lined(range(102), [0] * 102, period_ns=2_000_000).fits(within_ns=1_000_000)
