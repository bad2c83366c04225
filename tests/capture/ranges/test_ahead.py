"""Things made at once are given in order, and no further ahead than they may be."""

import threading
from collections.abc import Iterator

import pytest

from capture.ranges.ahead import made_ahead
from tests.children import wait_for


def test_they_come_in_order_though_the_first_is_the_last_to_be_made() -> None:
    others_are_made = threading.Event()
    made: list[int] = []

    def make(number: int) -> Iterator[tuple[int, int]]:
        if number == 0:
            assert others_are_made.wait(60)
        for part in range(3):
            yield number, part
        made.append(number)
        if len(made) == 3:
            others_are_made.set()

    found = list(made_ahead(range(4), make, waits=lambda _: True, at_once=4))
    assert found == [(number, part) for number in range(4) for part in range(3)]
    assert made[-1] == 0


def test_what_does_not_wait_is_made_in_its_turn() -> None:
    made: list[int] = []

    def make(number: int) -> Iterator[int]:
        made.append(number)
        yield number

    ahead = made_ahead(range(100), make, waits=lambda _: False)
    assert (next(ahead), next(ahead), made) == (0, 1, [0, 1])
    ahead.close()  # type: ignore[attr-defined]  # it is a generator
    mixed = made_ahead(range(20), make, waits=lambda number: number % 3 > 0, at_once=4)
    assert list(mixed) == list(range(20))


def test_nothing_is_made_far_ahead_and_threads_end_with_the_iteration() -> None:
    drawn: list[int] = []
    parts: list[int] = []

    def given() -> Iterator[int]:
        for number in range(1000):
            drawn.append(number)
            yield number

    def make(number: int) -> Iterator[int]:
        for part in range(10_000):
            parts.append(part)
            yield number

    ahead = made_ahead(given(), make, waits=lambda _: True, at_once=4)
    assert next(ahead) == 0
    wait_for(lambda: len(parts) >= 4 * 64)
    ahead.close()  # type: ignore[attr-defined]  # it is a generator
    assert len(drawn) <= 5
    assert len(parts) <= 4 * 70
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ahead")]


def test_what_goes_wrong_is_raised_in_its_turn() -> None:
    def make(number: int) -> Iterator[int]:
        yield number
        if number == 2:
            raise ValueError("of the third")

    ahead = made_ahead(range(9), make, waits=lambda _: True, at_once=4)
    assert [next(ahead) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="of the third"):
        next(ahead)
