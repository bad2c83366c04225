from itertools import pairwise
from pathlib import Path

import pytest

from focstream.types import InputError
from training.learning.schedule import learning_rate
from training.learning.settings import RunSettings


def settings(**changes: float) -> RunSettings:
    base = {"steps": 1000, "warm_up": 100, "learning_rate": 1.0, "decay": 0.4}
    return RunSettings(run=Path(), **(base | changes))


def test_the_rate_warms_up_stays_and_falls() -> None:
    rates = [learning_rate(step, settings()) for step in range(1000)]
    assert rates[0] == pytest.approx(0.01)
    assert rates[200] == rates[500] == 1.0
    assert rates[-1] < 0.02
    assert all(after <= before for before, after in pairwise(rates[600:]))


def test_no_warm_up_and_no_decay_is_a_constant() -> None:
    constant = settings(warm_up=0, decay=0.0)
    assert {learning_rate(step, constant) for step in range(1000)} == {1.0}


def test_a_run_with_a_time_decays_towards_its_end() -> None:
    timed = settings(steps=1_000_000, minutes=60.0, decay_minutes=20.0)
    rates = [learning_rate(5000, timed, elapsed_s=60.0 * minute) for minute in range(65)]
    assert rates[0] == rates[40] == 1.0
    assert rates[50] == pytest.approx(0.505)
    assert rates[60] == rates[64] == pytest.approx(0.01)
    assert all(after < before for before, after in pairwise(rates[40:61]))


def test_of_both_decays_the_one_further_on_counts() -> None:
    timed = settings(minutes=60.0, decay_minutes=20.0)
    assert learning_rate(800, timed) == learning_rate(800, settings())
    assert learning_rate(800, timed, elapsed_s=55 * 60.0) < learning_rate(800, settings())


@pytest.mark.parametrize("minutes", [10.0, float("inf")])
def test_a_decay_longer_than_the_run_is_refused(minutes: float) -> None:
    with pytest.raises(InputError, match="--decay-minutes 20 must be within --minutes"):
        settings(minutes=minutes, decay_minutes=20.0)
