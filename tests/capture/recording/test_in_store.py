"""Recordings in a store are read by ranges: the same slices, and little more than is needed."""

import contextlib
from pathlib import Path

import pytest

pytest.importorskip("fsspec", reason="needs fsspec: pip install -e '.[cluster]'")

from capture.config import CaptureConfig
from capture.ranges.cutting import Cutting
from capture.ranges.opening import RangeOpener
from capture.ranges.planner import plan
from capture.ranges.sources import SavedNames
from capture.recording.reader import RecordingReader
from capture.recording.series.files import recordings_in
from focstream.errors import InputError
from focstream.files.store_path import location
from tests.capture.recording.recordings import noise, slice_number, write
from tests.stores import CountedStore, mount

SLICES, SHAPE = 96, (256, 256)
SLICE_BYTES = 256 * 256


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("store")
    (root / "bucket/day").mkdir(parents=True)
    slices = (slice_number(number, image=noise(number, SHAPE)) for number in range(SLICES))
    write(root / "bucket/day/one.mcap", slices)
    write(root / "bucket/two.mcap", (slice_number(number) for number in range(8)))
    return root


@pytest.fixture
def store(folder: Path) -> type[CountedStore]:
    return mount(folder)


def test_slices_are_those_of_the_file(folder: Path, store: type[CountedStore]) -> None:
    here = RecordingReader(folder / "bucket/day/one.mcap")
    there = RecordingReader(location("counted://bucket/day/one.mcap"))
    assert (there.metadata, there.attachments) == (here.metadata, here.attachments)
    for ours, theirs in zip(there.slices(), here.slices(), strict=True):
        assert ours.tag == theirs.tag
        assert (ours.image == theirs.image).all()
    assert there.fault is None


def test_a_look_fetches_little(store: type[CountedStore]) -> None:
    RecordingReader(location("counted://bucket/day/one.mcap"))
    assert store.fetched_bytes < 10 * 2**16 < SLICES * SLICE_BYTES / 8


def test_a_range_fetches_its_sweeps_and_little_more(store: type[CountedStore]) -> None:
    source = location("counted://bucket/day/one.mcap")
    config = CaptureConfig(replay=source)
    works = list(plan([source], config, Cutting(sweeps=4)))
    assert len(works) == SLICES / 16
    work = works[2]
    store.fetched_bytes = 0
    opened = RangeOpener(SavedNames(root=None), None).open(work, config)
    assert opened.source is not None
    frames = []
    with opened.source as slices, contextlib.suppress(EOFError):
        while (focal_slice := slices.read(1.0)) is not None:
            frames.append(focal_slice.tag.frame_id)
    assert set(range(32, 48)) <= set(frames)
    assert len(frames) < 24  # some of the sweeps before and behind
    assert store.fetched_bytes > 16 * SLICE_BYTES
    assert store.fetched_bytes < 2 * 24 * SLICE_BYTES  # at most as much again is read ahead


def test_recordings_are_found(store: type[CountedStore]) -> None:
    found = [str(path) for path in recordings_in(location("counted://bucket"))]
    assert found == ["counted://bucket/day/one.mcap", "counted://bucket/two.mcap"]
    assert store.fetched_bytes < 10 * 2**16


def test_a_store_that_fails_is_one_line(store: type[CountedStore]) -> None:
    recording = RecordingReader(location("counted://bucket/day/one.mcap"))
    store.fails_after = store.fetches + 2
    with pytest.raises(InputError) as error:
        list(recording.slices())
    assert str(error.value).startswith(
        "counted://bucket/day/one.mcap cannot be read (the store says: 503 Slow Down"
    )
    assert "\n" not in str(error.value)
