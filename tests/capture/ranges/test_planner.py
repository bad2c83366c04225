"""What becomes of sources when they are planned."""

import threading
from dataclasses import replace
from pathlib import Path

import cv2
import pytest
from mcap.reader import make_reader

from capture.config import CaptureConfig
from capture.ranges.cutting import Cutting
from capture.ranges.planner import plan
from capture.ranges.saved_before import SavedBefore
from capture.ranges.sources import sources_of
from focstream.cluster.work import WorkRange
from focstream.files.store_path import location
from tests.capture.recording.recordings import noise, slice_number, write
from tests.capture.recording.rewritten import rewrite
from tests.stores import PROTOCOL, CountedStore, mount


def ranges_of(replay: Path, cutting: Cutting, **changes: object) -> list[WorkRange]:
    config = CaptureConfig().model_copy(update=changes)
    return list(plan(sources_of(replay), config, cutting))


def recording(path: Path, *, sweeps: int) -> Path:
    path.parent.mkdir(exist_ok=True)
    return write(path, map(slice_number, range(4 * sweeps)))


def test_ranges_are_numbered_over_all_sources(tmp_path: Path) -> None:
    recording(tmp_path / "a.mcap", sweeps=5)
    recording(tmp_path / "b.mcap", sweeps=2)
    found = ranges_of(tmp_path, Cutting(sweeps=2))
    assert [work.number for work in found] == [0, 1, 2, 3]
    assert [(Path(work.source).name, work.first_sweep, work.sweeps, work.last) for work in found] == [
        ("a.mcap", 0, 2, False),
        ("a.mcap", 2, 2, False),
        ("a.mcap", 4, None, True),
        ("b.mcap", 0, None, True),
    ]


def test_a_range_is_planned_when_it_is_asked_for(tmp_path: Path) -> None:
    """A recording that comes later is not looked at before."""
    recording(tmp_path / "a.mcap", sweeps=4)
    (tmp_path / "list.txt").write_text("a.mcap\nb.mcap\n")
    ranges = plan(sources_of(tmp_path / "list.txt"), CaptureConfig(), Cutting(sweeps=2))
    assert [next(ranges).first_sweep, next(ranges).first_sweep] == [0, 2]
    recording(tmp_path / "b.mcap", sweeps=1)
    (work,) = ranges
    assert (Path(work.source).name, work.span is None) == ("b.mcap", False)


def test_what_cannot_be_cut_is_one_range(tmp_path: Path) -> None:
    path = recording(tmp_path / "a.mcap", sweeps=5)
    assert [(work.span, work.last) for work in ranges_of(path, Cutting(sweeps=1, whole=True))] == [
        (None, True)
    ]
    stack = tmp_path / "stack"
    stack.mkdir()
    for number in range(3):
        assert cv2.imwrite(str(stack / f"{number}.png"), noise(number))
    assert [work.span for work in ranges_of(stack, Cutting(sweeps=1))] == [None]


@pytest.mark.parametrize(("most", "done", "planned"), [(2, 2, 0), (4, 2, 1), (None, 2, 1), (None, 4, 0)])
def test_what_is_one_range_is_done_when_all_its_sweeps_are(
    tmp_path: Path, most: int | None, done: int, planned: int
) -> None:
    """More sweeps may be asked for than before."""
    path = recording(tmp_path / "a.mcap", sweeps=4)
    cutting = Cutting(sweeps=1, whole=True, most_sweeps=most)
    ranges = plan(sources_of(path), CaptureConfig(), cutting, is_done=lambda _, number: number < done)
    assert len(list(ranges)) == planned


@pytest.mark.parametrize("content", [b"", b"this is no recording", None])
def test_what_cannot_be_read_is_one_range_that_says_so_when_it_is_played(
    tmp_path: Path, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / "bad.mcap").write_bytes(content)
    (tmp_path / "list.txt").write_text("bad.mcap")
    (work,) = ranges_of(tmp_path / "list.txt", Cutting(sweeps=1))
    assert (work.source, work.span, work.last) == (str(tmp_path / "bad.mcap"), None, True)


@pytest.mark.parametrize(("sweeps", "asked"), [(5, 4), (4, 4), (3, 4)])
def test_no_more_sweeps_are_planned_than_are_asked_for(tmp_path: Path, sweeps: int, asked: int) -> None:
    found = ranges_of(recording(tmp_path / "a.mcap", sweeps=sweeps), Cutting(sweeps=2, most_sweeps=asked))
    assert sum(len(work.span.sweep_ids) for work in found if work.span) == min(sweeps, asked)
    assert [work.last for work in found] == [False, True]


def test_a_rolling_range_begins_with_the_sweep_before(tmp_path: Path) -> None:
    first, second = ranges_of(recording(tmp_path / "a.mcap", sweeps=4), Cutting(sweeps=2, run_in=True))
    assert first.span is not None
    assert second.span is not None
    assert (first.span.run_in, second.span.run_in) == (None, 1)
    assert first.span.ends is not None
    assert first.span.begins < second.span.begins < first.span.ends
    assert (second.span.sweep_ids, second.first_sweep) == ((2, 3), 2)


def test_a_store_to_save_in_is_asked_about_several_sources_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = mount(tmp_path / "store")
    (tmp_path / "store/bucket/out/c/sweep_000").mkdir(parents=True)
    for name in "abcd":
        recording(tmp_path / "in" / f"{name}.mcap", sweeps=1)
    meet, list_folder = threading.Barrier(4, timeout=60), store.ls

    def together(self: CountedStore, path: str, **options: bool) -> list:
        meet.wait()
        return list_folder(self, path, **options)

    monkeypatch.setattr(store, "ls", together)
    sources = sources_of(tmp_path / "in")
    saved = SavedBefore(location(f"{PROTOCOL}://bucket/out"), sources.names)
    ranges = list(plan(sources, CaptureConfig(), Cutting(sweeps=1), saved_before=saved))
    assert [Path(work.source).stem for work in ranges] == list("abcd")
    assert [bool(work.refused) for work in ranges] == [False, False, True, False]
    assert f"{PROTOCOL}://bucket/out/c holds sweeps already" in ranges[2].refused


def test_recordings_in_a_store_are_planned_as_those_on_a_disk(tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"bucket/{number % 3}").mkdir(parents=True, exist_ok=True)
        recording(tmp_path / f"bucket/{number % 3}/{number}.mcap", sweeps=1 + number % 4)
    recording(tmp_path / "bucket/long.mcap", sweeps=40)
    rewrite(tmp_path / "bucket/long.mcap", tmp_path / "bucket/small_chunks.mcap")
    mount(tmp_path)
    stored = ranges_of(location(f"{PROTOCOL}://bucket"), Cutting(sweeps=2))
    on_disk = ranges_of(tmp_path / "bucket", Cutting(sweeps=2))
    names = [work.source.replace(f"{PROTOCOL}://", f"{tmp_path}/") for work in stored]
    assert names == [work.source for work in on_disk]
    assert [replace(work, source="") for work in stored] == [replace(work, source="") for work in on_disk]


def test_a_wrong_index_in_a_store_costs_no_sweep(tmp_path: Path) -> None:
    """A chunk is not where it says: the last range goes to the end, and is read without the index."""
    path = recording(tmp_path / "bucket" / "a.mcap", sweeps=40)
    with path.open("rb") as file:
        summary = make_reader(file).get_summary()
    assert summary is not None
    content = bytearray(path.read_bytes())
    begins = summary.chunk_indexes[24].chunk_start_offset.to_bytes(8, "little")
    content[content.rindex(begins)] ^= 4
    path.write_bytes(content)
    mount(tmp_path)
    *_, last = ranges_of(location(f"{PROTOCOL}://bucket/a.mcap"), Cutting(sweeps=4))
    assert last.span is None or last.span.ends is None
    assert last.last
    assert last.first_sweep < 40


def test_what_can_no_longer_be_read_is_not_taken_for_done(tmp_path: Path) -> None:
    gone = tmp_path / "gone.mcap"
    found = list(plan([gone], CaptureConfig(), Cutting(sweeps=4), is_done=lambda _source, _number: True))
    assert [(work.source, work.sweeps) for work in found] == [(str(gone), None)]
