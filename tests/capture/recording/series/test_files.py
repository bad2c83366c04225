"""A recording in several files is found by what the files say, and what is missing is said."""

import shutil
from pathlib import Path

import pytest

from capture.commands.recover import RecoverSettings, recover, recover_recording
from capture.commands.summary import describe_recording
from capture.recording.origin import Origin
from capture.recording.reader import RecordingReader
from capture.recording.replay import Replay
from capture.recording.series.files import find_series, is_series, recordings_in
from capture.recording.series.part import SeriesPart
from focstream.types import InputError
from tests.capture.recording.recordings import noise, slice_number, write
from tests.capture.recording.rewritten import rewrite
from tests.capture.recording.series.series import eight_sweeps, write_series


def numbers(folder: Path) -> list[int]:
    return [one.tag.frame_id for one in RecordingReader(folder).slices()]


def cut(path: Path, *, behind: int) -> None:
    """Cut the file in the slice of this number."""
    content = path.read_bytes()
    path.write_bytes(content[: content.index(noise(behind).tobytes()) + 3])


def test_the_order_is_that_of_the_recording_whatever_the_files_are_called(tmp_path: Path) -> None:
    for name, path in zip("dbca", write_series(tmp_path / "run", eight_sweeps()), strict=True):
        path.rename(path.with_name(f"{name}.mcap"))
    assert numbers(tmp_path / "run") == list(range(32))


def test_files_that_a_tool_wrote_anew_still_belong_together(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    for path in write_series(tmp_path / "run", eight_sweeps()):
        rewrite(path, tmp_path / "new" / path.name)
    assert numbers(tmp_path / "new") == list(range(32))


def test_files_that_a_tool_merged_into_one_are_whole(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    first, *others = write_series(tmp_path / "run", eight_sweeps())
    rewrite(first, tmp_path / "new/all.mcap", *others)
    for path in (tmp_path / "new", tmp_path / "new/all.mcap"):
        reader = RecordingReader(path)
        assert [one.tag.frame_id for one in reader.slices()] == list(range(32))
        assert (reader.doubts, reader.fault) == ((), None)


def test_a_file_merged_of_several_is_searched_for_its_last_sweep(tmp_path: Path) -> None:
    long = write(tmp_path / "long.mcap", map(slice_number, range(24)))
    short = write(tmp_path / "short.mcap", map(slice_number, range(24, 32)))
    again = rewrite(short, tmp_path / "merged.mcap", long)  # the notes of the longer one come last or first
    for path in (again, rewrite(long, tmp_path / "other.mcap", short)):
        found = [one.tag.frame_id for one in RecordingReader(path).slices(from_sweep=7)]
        assert found == [28, 29, 30, 31]


def test_a_file_that_need_not_be_read_has_no_fault(tmp_path: Path) -> None:
    reader = RecordingReader(write(tmp_path / "a.mcap", map(slice_number, range(8))))
    assert list(reader.slices(from_sweep=9)) == []
    assert (reader.fault, reader.topics_missing()) == (None, ())


def test_a_missing_file_is_reported_where_it_is_missing(tmp_path: Path, caplog) -> None:
    files = write_series(tmp_path / "run", eight_sweeps())
    files[1].unlink()
    files[2].unlink()
    reader = RecordingReader(tmp_path / "run")
    assert reader.doubts == ("2 files missing between run_0000.mcap and run_0003.mcap",)
    assert numbers(tmp_path / "run") == [*range(8), *range(24, 32)]
    with Replay(reader):
        assert f"{tmp_path / 'run'}: 2 files missing between" in caplog.text


def test_a_missing_first_or_last_file_is_reported(tmp_path: Path) -> None:
    files = write_series(tmp_path / "run", eight_sweeps())
    files[0].unlink()
    files[3].unlink()
    assert RecordingReader(tmp_path / "run").doubts == (
        "1 file missing before run_0001.mcap",
        "at least 1 file missing after run_0002.mcap",
    )
    assert "1 file missing before run_0001.mcap" in describe_recording(tmp_path / "run")


def test_a_file_that_was_cut_short_is_named(tmp_path: Path) -> None:
    files = write_series(tmp_path / "run", eight_sweeps())
    cut(files[3], behind=28)
    reader = RecordingReader(tmp_path / "run")
    assert [one.tag.frame_id for one in reader.slices()] == list(range(28))
    assert reader.fault == "run_0003.mcap: it was cut short: everything before the cut is read"
    assert "recover" in describe_recording(tmp_path / "run")


def test_a_recovered_file_takes_the_place_of_the_torn_one(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    files = write_series(folder, eight_sweeps())
    cut(files[3], behind=28)
    assert "run_0003.mcap was cut short: 4 slices in" in recover_recording(RecoverSettings(file=folder))
    reader = RecordingReader(folder)
    assert [one.tag.frame_id for one in reader.slices()] == list(range(28))
    assert reader.fault is None
    assert reader.doubts == ("run_0003.recovered.mcap is used, not its twin run_0003.mcap",)
    assert recover_recording(RecoverSettings(file=folder)) == f"{folder}: no file of it was cut short"
    with pytest.raises(InputError, match="--out is for one file"):
        recover_recording(RecoverSettings(file=folder, out=tmp_path / "b.mcap"))


def test_a_copy_doubles_nothing(tmp_path: Path) -> None:
    files = write_series(tmp_path / "run", eight_sweeps())
    shutil.copy(files[1], tmp_path / "run/copy.mcap")
    assert numbers(tmp_path / "run") == list(range(32))


@pytest.mark.parametrize("content", [b"", b"\x89MCAP0\r\n", b"something else"])
def test_a_file_without_even_a_beginning_is_passed_over_and_named(tmp_path: Path, content: bytes) -> None:
    """As a computer leaves one that loses its power while a new file begins."""
    write_series(tmp_path / "run", eight_sweeps())
    (tmp_path / "run/run_0004.mcap").write_bytes(content)
    reader = RecordingReader(tmp_path / "run")
    assert reader.doubts == ("run_0004.mcap cannot be read, not even its beginning: it is passed over",)
    assert len(list(reader.slices())) == 32


def test_recordings_in_a_folder_are_told_from_one_in_several_files(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    write_series(tmp_path / "runs/a", eight_sweeps())
    write_series(tmp_path / "runs/b", eight_sweeps()[:1])
    write(tmp_path / "runs/c.mcap", [slice_number(0)])
    (tmp_path / "runs/.hidden.mcap").write_bytes(b"")
    (tmp_path / "runs/bad.mcap").write_bytes(b"bad")
    names = [str(path.relative_to(tmp_path / "runs")) for path in recordings_in(tmp_path / "runs")]
    assert names == ["a", "b", "bad.mcap", "c.mcap"]
    assert recordings_in(tmp_path / "runs/a") == (tmp_path / "runs/a",)
    assert is_series(tmp_path / "runs/b")
    assert not is_series(tmp_path / "runs")
    assert not is_series(tmp_path / "runs/c.mcap")
    assert recordings_in(tmp_path / "absent") == recordings_in(None) == ()
    with pytest.raises(InputError, match="runs holds no recording in several files; give one file"):
        RecordingReader(tmp_path / "runs")


@pytest.mark.parametrize("other", ["alone", "series"])
def test_files_of_one_recording_among_others_are_refused(tmp_path: Path, other: str) -> None:
    folder = tmp_path / "run"
    write_series(folder, eight_sweeps())
    if other == "alone":
        write(folder / "z.mcap", [slice_number(0)])
    else:
        for path in write_series(tmp_path / "b", eight_sweeps()):
            path.rename(folder / path.name)
    for use in (recordings_in, is_series, find_series, RecordingReader):
        with pytest.raises(InputError, match=r"run holds several files of one recording, and others besides"):
            use(folder)


def test_single_files_of_several_runs_are_recordings_by_themselves(tmp_path: Path) -> None:
    (tmp_path / "mixed").mkdir()
    for name in "ab":
        files = write_series(tmp_path / name, eight_sweeps())
        files[0].rename(tmp_path / "mixed" / files[0].name)
    assert len(recordings_in(tmp_path / "mixed")) == 2


@pytest.mark.parametrize(
    "record",
    [{}, {"id": "a"}, {"part": "1"}, {"id": "a", "part": "-1"}, {"id": "a", "part": "9" * 5000},
     {"id": "a", "part": "1", "first": "x"}, {"id": "a", "part": "²"}],
)  # fmt: skip
def test_a_record_that_makes_no_sense_is_none(record) -> None:
    assert SeriesPart.parse(record) is None


def test_one_file_is_replayed_alone_when_it_is_given(tmp_path: Path) -> None:
    files = write_series(tmp_path / "run", eight_sweeps())
    assert numbers(files[2]) == list(range(16, 24))
    done = recover(files[2], out=tmp_path / "c.mcap")
    assert done.was_whole


def test_a_great_number_of_missing_files_is_no_burden(tmp_path: Path) -> None:
    from capture.recording.file_writer import FileWriter

    (tmp_path / "run").mkdir()
    for part in (0, 999_999_999):
        origin = Origin(device="test", part=SeriesPart(series_id="a", part=part))
        with FileWriter(tmp_path / f"run/{part}.mcap", origin=origin) as writer:
            writer.write_slice(slice_number(part % 7))
    assert RecordingReader(tmp_path / "run").doubts == (
        "999999998 files missing between 0.mcap and 999999999.mcap",
    )
