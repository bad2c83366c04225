"""Workers of this computer, in processes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from focstream.cluster.local_executor import AHEAD, LocalExecutor
from focstream.cluster.work import WorkRange
from focstream.types import InputError
from tests.focstream.cluster.played import DiesOnTheWay, MakeStandIn, ranges_of


def test_every_range_has_one_result_and_a_player_is_made_once(tmp_path: Path) -> None:
    drawn: list[int] = []

    def ranges() -> Iterator[WorkRange]:
        for work in ranges_of("a.mcap", ranges=40):
            drawn.append(work.number)
            yield work

    with LocalExecutor(MakeStandIn(tmp_path), workers=2) as executor:
        come = 0
        for result in executor.results(ranges()):
            come += 1
            assert len(drawn) <= come + 2 * AHEAD
            assert result.sweeps[0].number == result.work.first_sweep
    assert (come, drawn) == (40, list(range(40)))
    made = {path.name.removeprefix("made_") for path in tmp_path.glob("made_*")}
    assert 1 <= len(made) <= 2
    assert {path.name.removeprefix("closed_") for path in tmp_path.glob("closed_*")} == made


def test_a_process_that_dies_fails_its_range_and_the_others_go_on(tmp_path: Path) -> None:
    def ranges() -> Iterator[WorkRange]:
        for number in range(12):
            source = {3: "deadly", 4: "bad", 7: "deadly"}.get(number, "good")
            yield WorkRange(number=number, source=source)

    with LocalExecutor(MakeStandIn(tmp_path), workers=1) as executor:
        results = list(executor.results(ranges()))
    assert sorted(result.work.number for result in results) == list(range(12))
    errors = {result.work.number: result.error for result in results if result.error}
    assert sorted(errors) == [3, 4, 7]
    assert "its process died" in errors[3]
    assert errors[4] == "it is bad"
    assert len(list(tmp_path.glob("made_*"))) == 3


def test_a_range_that_had_not_begun_when_its_process_died_is_played_by_the_next(tmp_path: Path) -> None:
    with LocalExecutor(DiesOnTheWay(tmp_path, deaths=2), workers=1) as executor:
        results = list(executor.results(ranges_of("a.mcap", ranges=4)))
    assert [(result.work.number, result.error) for result in results] == [(number, "") for number in range(4)]
    assert len(list(tmp_path.glob("died_*"))) == 2


def test_processes_that_die_before_they_begin_are_given_up(tmp_path: Path) -> None:
    died = pytest.raises(InputError, match="died one after the other")
    with died, LocalExecutor(DiesOnTheWay(tmp_path, deaths=1000), workers=1) as executor:
        list(executor.results(ranges_of("a.mcap", ranges=4)))


def test_processes_that_do_nothing_but_die_are_given_up(tmp_path: Path) -> None:
    ranges = (WorkRange(number=number, source="deadly") for number in range(1000))
    died = pytest.raises(InputError, match="died one after the other")
    with died, LocalExecutor(MakeStandIn(tmp_path), workers=1) as executor:
        list(executor.results(ranges))


def test_a_player_that_cannot_be_made_ends_all(tmp_path: Path) -> None:
    with (
        pytest.raises(InputError, match="no such engine here"),
        LocalExecutor(MakeStandIn(tmp_path, fails=True), workers=2) as executor,
    ):
        list(executor.results(ranges_of("a.mcap", ranges=1000)))


def test_workers_without_work_start_no_process(tmp_path: Path) -> None:
    with LocalExecutor(MakeStandIn(tmp_path), workers=3) as executor:
        assert list(executor.results(iter(()))) == []
    assert list(tmp_path.iterdir()) == []
