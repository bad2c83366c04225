"""A replay of many, with stand-ins for recordings and engines."""

import itertools
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from focstream.cluster.replay_many import Wanted, replay_many
from focstream.cluster.table_of_sweeps.done_sweeps import DoneSweeps
from focstream.cluster.work import RangeResult, WorkRange
from focstream.types import InputError
from tests.focstream.cluster.played import AtOnce, ranges_of, result_of


class _Odd(AtOnce):
    """Gives a result twice, and forgets another."""

    def results(self, ranges: Iterable[WorkRange]) -> Iterator[RangeResult]:
        for work in ranges:
            if work.number != 3:
                yield result_of(work, error="it is bad" if work.number == 1 else "")
            if work.number == 2:
                yield result_of(work)


def test_ranges_are_drawn_as_they_are_played() -> None:
    """However many there are: what is out is bounded."""
    out = most = 0

    def plan(_: DoneSweeps) -> Iterator[WorkRange]:
        nonlocal out, most
        for work in ranges_of("a.mcap", ranges=5000):
            out += 1
            most = max(most, out)
            yield work

    class Counting(AtOnce):
        def results(self, ranges: Iterable[WorkRange]) -> Iterator[RangeResult]:
            nonlocal out
            for result in super().results(ranges):
                out -= 1
                yield result

    replay_many(plan, lambda: Counting(ahead=4), Wanted(what="recording", options={}))
    assert (out, most) == (0, 4)


def test_what_does_not_come_back_has_failed_and_what_comes_twice_counts_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    plan = itertools.chain(ranges_of("a.mcap", ranges=3), ranges_of("b.mcap", ranges=2, first=3))
    wanted = Wanted(what="recording", options={}, report=tmp_path / "r.json", table=tmp_path / "t.parquet")
    with pytest.raises(InputError, match=r"2 of 2 recordings failed, first a\.mcap, sweeps 2 … 3; see above"):
        replay_many(lambda _: plan, _Odd, wanted)
    assert "a.mcap, sweeps 2 … 3: failed: it is bad" in caplog.text
    assert "b.mcap, sweeps 0 … 1: failed: no result came back" in caplog.text
    report = json.loads((tmp_path / "r.json").read_text())
    assert [(file["file"], len(file["sweeps"])) for file in report["files"]] == [("a.mcap", 4), ("b.mcap", 2)]
    parquet = pytest.importorskip("pyarrow.parquet", reason="needs the extra cluster")
    rows = [
        (row["recording"], row["number"]) for row in parquet.read_table(tmp_path / "t.parquet").to_pylist()
    ]
    assert sorted(rows) == [("a.mcap", n) for n in (0, 1, 2, 4, 5)] + [("b.mcap", n) for n in (0, 2, 3)]


def test_a_source_that_is_refused_is_not_played(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    refused = WorkRange(number=0, source="a.mcap", refused="there is something")
    plan = itertools.chain([refused], ranges_of("b.mcap", ranges=2, first=1))
    with pytest.raises(InputError, match="1 of 2 recordings failed"):
        replay_many(lambda _: plan, AtOnce, Wanted(what="recording", options={}))
    assert caplog.text.count("a.mcap: failed: there is something") == 1
    assert "b.mcap: 4 sweeps, 16 slices" in caplog.text


def test_where_nothing_is_left_that_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    pytest.importorskip("pyarrow", reason="needs the extra cluster")
    caplog.set_level("INFO")
    wanted = Wanted(what="recording", options={}, table=tmp_path / "t.parquet", resume=True)
    replay_many(lambda _: ranges_of("a.mcap", ranges=2), AtOnce, wanted)

    def what_is_left(done: DoneSweeps) -> Iterator[WorkRange]:
        return (work for work in ranges_of("a.mcap", ranges=2) if not done.has("a.mcap", work.first_sweep))

    replay_many(what_is_left, AtOnce, wanted)
    assert caplog.messages[-1] == f"nothing is left to play: all of it is in {tmp_path / 't.parquet'}"


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (Wanted(what="stack", options={}, resume=True), "add --table"),
        (Wanted(what="stack", options={}, report=Path(__file__)), "is not replaced"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_played(wanted: Wanted, message: str) -> None:
    with pytest.raises(InputError, match=message):
        replay_many(lambda _: pytest.fail("planned"), AtOnce, wanted)
