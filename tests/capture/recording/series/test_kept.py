"""Old files of a recording are deleted, and no others."""

import shutil
from pathlib import Path

import pytest
from pydantic import ValidationError

from capture.recording.config import RecordConfig
from capture.recording.file_reader import FileReader
from capture.recording.reader import RecordingReader
from capture.recording.series.writer import Rotation, SeriesWriter
from tests.capture.recording.recordings import ORIGIN, noise, slice_number
from tests.capture.recording.series.series import SLOTS, write_series

SWEEP_BYTES = SLOTS * 200_000
RING = Rotation(file_bytes=round(1.5 * SWEEP_BYTES), keep_bytes=round(4.5 * SWEEP_BYTES))
"""A file a sweep, and never five sweeps in all."""


def record(folder: Path, *, sweeps: int, after=lambda number: None) -> None:
    with SeriesWriter(folder, origin=ORIGIN, rotation=RING) as writer:
        for number in range(sweeps * SLOTS):
            writer.write_slice(slice_number(number, image=noise(number, (400, 500))))
            for _, end in writer._ending:
                end.result()  # a quick disk
            *done, _ = sorted(path for path in folder.glob("run_*") if path.name < "run_9")
            assert sum(path.stat().st_size for path in done) <= RING.keep_bytes
            after(number)


def test_the_oldest_go_and_the_newest_stay(tmp_path: Path, caplog) -> None:
    caplog.set_level("INFO")
    record(tmp_path / "run", sweeps=10)
    reader = RecordingReader(tmp_path / "run")
    held = [one.tag.sweep_id for one in reader.slices()][::SLOTS]
    assert held == list(range(held[0], 10))
    assert 3 <= len(held) <= 4
    assert (reader.deleted, reader.doubts, reader.fault) == (held[0], (), None)
    assert sum(path.stat().st_size for path in reader.files) <= RING.keep_bytes
    assert caplog.text.count(": deleted, the recording holds as much as --record.keep-gib says") == held[0]
    assert "run_0000.mcap: deleted" in caplog.text


def test_what_was_deleted_is_counted_in_the_end(tmp_path: Path) -> None:
    writer = SeriesWriter(tmp_path / "run", origin=ORIGIN, rotation=RING)
    with writer:
        for number in range(8 * SLOTS):
            writer.write_slice(slice_number(number, image=noise(number, (400, 500))))
            for _, end in writer._ending:
                end.result()
    there = len(list((tmp_path / "run").iterdir()))
    gone = 8 - there
    assert (
        writer.where
        == f"{tmp_path / 'run'} (8 files, of which the {gone} oldest are deleted with {gone * SLOTS} slices)"
    )


def test_files_that_are_not_of_this_run_stay(tmp_path: Path) -> None:
    """Others in the folder, a file moved away, and one that took the name of a file of ours."""
    folder, theirs = tmp_path / "run", {}

    def meddle(number: int) -> None:
        if number == 0:
            for name in ("notes.txt", "aaa.mcap", "run_9999.mcap"):
                theirs[name] = b"theirs"
                (folder / name).write_bytes(b"theirs")
        if number == 2 * SLOTS:  # the first file has its end
            shutil.move(folder / "run_0000.mcap", tmp_path / "kept.mcap")
            theirs["run_0000.mcap"] = b"another"
            (folder / "run_0000.mcap").write_bytes(b"another")

    record(folder, sweeps=9, after=meddle)
    assert {name: (folder / name).read_bytes() for name in theirs} == theirs
    assert len(list(FileReader(tmp_path / "kept.mcap").slices())) == SLOTS


def test_a_file_that_was_moved_away_costs_no_other(tmp_path: Path) -> None:
    """It takes no room any more."""

    def move(number: int) -> None:
        if number == 3 * SLOTS:
            (tmp_path / "run/run_0000.mcap").rename(tmp_path / "kept.mcap")

    record(tmp_path / "run", sweeps=5, after=move)
    assert [path.name for path in sorted((tmp_path / "run").iterdir())] == [
        f"run_{number:04d}.mcap" for number in range(1, 5)
    ]


def test_an_earlier_recording_beside_is_left_alone(tmp_path: Path) -> None:
    slices = [slice_number(number, image=noise(number, (400, 500))) for number in range(8 * SLOTS)]
    everything = Rotation(file_bytes=RING.file_bytes)
    before = write_series(tmp_path / "before", slices, rotation=everything)
    record(tmp_path / "run", sweeps=8)
    assert all(path.is_file() for path in before)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"keep_gib": 4}, "keep-gib deletes whole files: give --record.rotate-gib or rotate-min too"),
        ({"keep_gib": 4, "rotate_gib": 3}, "keep-gib must be twice rotate-gib or more"),
        ({"rotate_gib": 0}, "greater than or equal to"),
        ({"rotate_min": float("nan")}, "finite number"),
        ({"rotate_min": 1, "file": None}, "there is no file to record to"),
    ],
)
def test_options_that_make_no_sense(options, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        RecordConfig(**({"file": Path("run")} | options))


def test_the_options_are_what_is_done() -> None:
    assert RecordConfig(file=Path("a.mcap")).rotation is None
    assert RecordConfig(file=Path("a"), rotate_gib=0.5).rotation == Rotation(file_bytes=2**29)
    assert RecordConfig(file=Path("a"), rotate_min=1.5, keep_gib=4).rotation == Rotation(
        file_bytes=2**31, file_ns=90_000_000_000, keep_bytes=2**32
    )
