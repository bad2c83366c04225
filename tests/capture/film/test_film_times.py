from fractions import Fraction

import pytest

from capture.film.film_times import film_times

EVEN = [Fraction(number, 30) for number in range(4)]


def test_the_stamps_are_those_of_the_container() -> None:
    times = film_times(EVEN, rate_hz=30.0, created="")
    assert times.stamps_ns == (0, 33_333_333, 66_666_666, 100_000_000)
    assert (times.period_ns, times.note) == (33_333_333, "")


def test_they_count_from_when_the_film_was_taken() -> None:
    times = film_times(EVEN, rate_hz=30.0, created="2026-02-03T04:05:06.000000Z")
    assert times.stamps_ns[0] == 1_770_091_506_000_000_000
    assert times.stamps_ns[3] - times.stamps_ns[0] == 100_000_000


def test_a_film_whose_clock_begins_before_zero_counts_from_zero() -> None:
    """Edit lists cut the beginning of films off so; a recording takes no such stamps."""
    times = film_times([time_s - 1 for time_s in EVEN], rate_hz=30.0, created="")
    assert times.stamps_ns == (0, 33_333_333, 66_666_666, 100_000_000)


@pytest.mark.parametrize("created", ["yesterday", "0000-00-00T00:00:00Z", "9999", "1904-01-01T00:00:00Z"])
def test_a_date_that_is_none_does_not_count(created: str) -> None:
    assert film_times(EVEN, rate_hz=30.0, created=created).stamps_ns[0] == 0


@pytest.mark.parametrize(
    "times_s", [[None] * 4, [*EVEN[:3], None], [EVEN[0], EVEN[2], EVEN[1], EVEN[3]], [EVEN[0]] * 4]
)
def test_times_that_do_not_grow_are_not_believed(times_s) -> None:
    times = film_times(times_s, rate_hz=25.0, created="")
    assert times.stamps_ns == (0, 40_000_000, 80_000_000, 120_000_000)
    assert times.note == "its times do not grow from frame to frame; they are taken at 25 a second"


def test_a_variable_rate_is_reported_and_the_rounding_of_containers_is_not() -> None:
    rounded = film_times([Fraction(ms, 1000) for ms in (0, 33, 67, 100)], rate_hz=30.0, created="")
    assert rounded.note == ""
    uneven = film_times([Fraction(ms, 1000) for ms in (0, 33, 66, 166)], rate_hz=30.0, created="")
    assert uneven.stamps_ns == (0, 33_000_000, 66_000_000, 166_000_000)
    assert "its frames are 33 to 100 ms apart; their order counts" in uneven.note
