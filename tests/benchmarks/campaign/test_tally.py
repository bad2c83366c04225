"""What counts as a fault, and what does not."""

import pytest

from benchmarks.campaign.tally import Tally
from benchmarks.campaign.trial import Ended

BROKEN = 'Traceback (most recent call last):\n  File "a.py", line 1\nValueError: 1\nmore\n'


def ended(*, code: int, text: str = "a line", killed: bool = False) -> Ended:
    return Ended(code=code, killed=killed, text=text, took_s=1.0, end_s=1.0, busy_s=1.0, peak_mb=1.0)


def judged(end: Ended) -> Tally:
    tally = Tally(name="a")
    tally.judge(end, "a try", codes=(0, 2))
    return tally


@pytest.mark.parametrize("end", [ended(code=0, text=""), ended(code=2), ended(code=-9, killed=True)])
def test_documented_ends_are_no_faults(end):
    assert not judged(end).failed


@pytest.mark.parametrize("end", [ended(code=1), ended(code=-15, text=""), ended(code=2, text=" \n")])
def test_other_ends_are(end):
    assert judged(end).wrong_ends == 1


def test_tracebacks_are_counted_and_their_error_is_kept():
    tally = judged(ended(code=2, text=BROKEN * 3))
    assert tally.tracebacks == 3
    assert tally.notes == ["traceback: a try: ValueError: 1"]


def test_only_waits_beyond_patience_are_a_standstill():
    tally = Tally(name="a")
    tally.wait(1.5, "short", patience_s=2.0)
    assert not tally.failed
    tally.wait(3.5, "long", patience_s=2.0)
    assert tally.standstill_s == 1.5
    assert tally.failed


def test_memory_is_that_of_the_worst():
    tally = Tally(name="a")
    for megabytes in (3.0, 9.0, -2.0):
        tally.grow(megabytes)
    assert tally.growth_mb == 9.0
