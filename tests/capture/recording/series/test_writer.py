"""Recordings that go on in another file."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from capture.recording.file_reader import FileReader
from capture.recording.origin import END_RECORD
from capture.recording.reader import RecordingReader
from capture.recording.recorder import Recorder
from capture.recording.series.writer import Rotation, SeriesWriter
from focstream.types import FocalSlice, InputError
from tests.capture.recording.recordings import LENS, ORIGIN, assert_same, noise, slice_number
from tests.capture.recording.series.series import EVERY_TWO_SWEEPS, SLOTS, eight_sweeps, write_series
from tests.updates import make_update


def frames(path: Path) -> list[int]:
    return [one.tag.frame_id for one in FileReader(path).slices()]


def big(number: int) -> FocalSlice:
    return slice_number(number, image=noise(number, (400, 500)))


def test_each_file_is_whole_by_itself_and_begins_with_a_sweep(tmp_path: Path) -> None:
    files = write_series(tmp_path / "run", eight_sweeps())
    assert [path.name for path in files] == [f"run_{number:04d}.mcap" for number in range(4)]
    for number, path in enumerate(files):
        reader = FileReader(path)
        assert frames(path) == list(range(8 * number, 8 * number + 8))
        assert reader.fault is None or list(reader.slices())
        assert reader.attachment("profile.toml") == b"version = 1\n"
        assert reader.metadata["device"]["name"] == "test"
        assert reader.metadata[END_RECORD]["slices"] == "8"
        assert next(reader.slices()).intrinsics == LENS


def test_all_files_together_are_the_recording(tmp_path: Path) -> None:
    write_series(tmp_path / "run", eight_sweeps())
    reader = RecordingReader(tmp_path / "run")
    for back, focal_slice in zip(reader.slices(), eight_sweeps(), strict=True):
        assert_same(back, focal_slice)
    assert (reader.fault, reader.doubts, reader.deleted, reader.slices_missing) == (None, (), 0, 0)
    assert [one.tag.frame_id for one in reader.slices(from_sweep=5)] == list(range(5 * SLOTS, 8 * SLOTS))


def test_no_file_is_larger_than_asked_for(tmp_path: Path) -> None:
    sweep_bytes = SLOTS * 200_000
    limit = round(2.5 * sweep_bytes)
    files = write_series(tmp_path / "run", map(big, range(32)), rotation=Rotation(file_bytes=limit))
    assert [frames(path) for path in files] == [list(range(first, first + 8)) for first in range(0, 32, 8)]
    assert all(path.stat().st_size <= limit for path in files)


@pytest.mark.parametrize("rotation", [Rotation(file_bytes=2_000_000), Rotation(file_ns=100_000_000)])
def test_a_sweep_that_does_not_end_is_cut_and_is_whole_in_the_replay(tmp_path: Path, rotation) -> None:
    endless = []
    for number in range(60):
        one = big(number)
        tag = dataclasses.replace(one.tag, sweep_id=7, slot=0, slots=None, last_in_sweep=False)
        endless.append(dataclasses.replace(one, tag=tag))
    files = write_series(tmp_path / "run", endless, rotation=rotation)
    assert 2 < len(files) < 10
    assert all(path.stat().st_size <= 5_500_000 for path in files)
    again = list(RecordingReader(tmp_path / "run").slices())
    assert [one.tag.frame_id for one in again] == list(range(60))
    assert {one.tag.sweep_id for one in again} == {7}


def test_depth_is_in_the_file_of_its_slices(tmp_path: Path) -> None:
    """Depth comes later than slices: while those of the next sweep are in the next file already."""
    slices = eight_sweeps()
    last, first = slices[2 * SLOTS - 1], slices[2 * SLOTS]
    with SeriesWriter(
        tmp_path / "run", origin=ORIGIN, rotation=EVERY_TWO_SWEEPS, depth_follows=True
    ) as writer:
        for focal_slice in slices[: 2 * SLOTS + 1]:
            writer.write_slice(focal_slice)
        writer.write_not_used(last.tag)
        writer.write_not_used(first.tag)
        writer.write_update(make_update(tag=last.tag, final=True), maps=True)
        writer.write_update(make_update(tag=first.tag, final=True), maps=True)
    one, two = (FileReader(path) for path in sorted((tmp_path / "run").iterdir()))
    assert one.not_used() == {(last.tag.sweep_id, last.tag.frame_id)}
    assert two.not_used() == {(first.tag.sweep_id, first.tag.frame_id)}
    assert [info.sweep_id for info in one.final_maps()] == [last.tag.sweep_id]
    assert [info.sweep_id for info in two.final_maps()] == [first.tag.sweep_id]
    both = RecordingReader(tmp_path / "run")
    assert both.not_used() == one.not_used() | two.not_used()
    assert [found.sweep_id for found in both.maps()] == [last.tag.sweep_id, first.tag.sweep_id]


def test_losses_are_counted_once(tmp_path: Path) -> None:
    with SeriesWriter(tmp_path / "run", origin=ORIGIN, rotation=EVERY_TWO_SWEEPS) as writer:
        for focal_slice in eight_sweeps():
            if focal_slice.tag.frame_id % 8 == 5:
                writer.write_loss((focal_slice.tag.frame_id, 1000))
            writer.write_slice(focal_slice)
    reader = RecordingReader(tmp_path / "run")
    assert len(list(reader.slices())) == 32
    assert reader.slices_not_recorded == 8


def test_the_recorder_writes_into_several_files(tmp_path: Path, caplog) -> None:
    caplog.set_level("INFO")
    writer = SeriesWriter(tmp_path / "run", origin=ORIGIN, rotation=EVERY_TWO_SWEEPS)
    with Recorder(writer, when_full="wait", device=lambda: "camera 4711") as recorder:
        for focal_slice in eight_sweeps():
            recorder.take(focal_slice)
    assert {FileReader(path).metadata["device"]["name"] for path in (tmp_path / "run").iterdir()} == {
        "camera 4711"
    }
    assert "run_0000.mcap: the recording goes on in run_0001.mcap" in caplog.text
    assert f"recorded 32 slices of 8 sweeps in {tmp_path / 'run'} (4 files)" in caplog.text


def test_a_recording_without_slices_leaves_neither_file_nor_folder(tmp_path: Path) -> None:
    writer = SeriesWriter(tmp_path / "run", origin=ORIGIN, rotation=EVERY_TWO_SWEEPS)
    with Recorder(writer, when_full="wait"):
        pass
    assert not list(tmp_path.iterdir())


def test_a_folder_that_holds_anything_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    write_series(tmp_path / "run", eight_sweeps()[:1])  # an empty one is not
    with pytest.raises(InputError, match=r"run exists and is not empty"):
        SeriesWriter(tmp_path / "run", origin=ORIGIN, rotation=EVERY_TWO_SWEEPS)
    with pytest.raises(InputError, match=r"cannot record to .*absent"):
        SeriesWriter(tmp_path / "absent/run", origin=ORIGIN, rotation=EVERY_TWO_SWEEPS)
    assert len(list((tmp_path / "run").iterdir())) == 1


def test_a_file_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    """It gets in the way of a name while the recording runs."""
    with SeriesWriter(tmp_path / "run", origin=ORIGIN, rotation=EVERY_TWO_SWEEPS) as writer:
        (tmp_path / "run/run_0001.mcap").write_text("not yours")
        for focal_slice in eight_sweeps():
            writer.write_slice(focal_slice)
    assert (tmp_path / "run/run_0001.mcap").read_text() == "not yours"
    reader = RecordingReader(tmp_path / "run")
    assert [one.tag.frame_id for one in reader.slices()] == list(range(32))
    assert reader.doubts == ("run_0001.mcap cannot be read, not even its beginning: it is passed over",)


def test_a_number_too_great_ends_the_recording_and_costs_nothing(tmp_path: Path) -> None:
    slices = eight_sweeps()
    odd = dataclasses.replace(slices[9], tag=dataclasses.replace(slices[9].tag, slot=2**40))
    recorder = Recorder(
        SeriesWriter(tmp_path / "run", origin=ORIGIN, rotation=EVERY_TWO_SWEEPS), when_full="wait"
    )
    for focal_slice in (*slices[:9], odd):
        recorder.take(focal_slice)
    with pytest.raises(InputError, match=r"run_0001\.mcap stopped: slice .* cannot be recorded"):
        recorder.close()
    reader = RecordingReader(tmp_path / "run")
    assert [one.tag.frame_id for one in reader.slices()] == list(range(9))
    assert reader.fault is None


def test_a_clock_that_is_put_back_still_lets_files_rotate(tmp_path: Path) -> None:
    slices = []
    for one in eight_sweeps():
        back_ns = 3_600_000_000_000 if one.tag.sweep_id >= 1 else 0
        tag = dataclasses.replace(one.tag, exposure_mid_ns=one.tag.exposure_mid_ns - back_ns)
        slices.append(dataclasses.replace(one, tag=tag))
    assert len(write_series(tmp_path / "run", slices)) >= 3
    again = RecordingReader(tmp_path / "run").slices()
    np.testing.assert_array_equal([one.tag.frame_id for one in again], range(32))
