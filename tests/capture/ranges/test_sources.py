"""What --replay names: folders, patterns, lists, and one recording alone."""

from pathlib import Path

import pytest

from capture.ranges.sources import SavedNames, sources_of
from focstream.files.store_path import StorePath
from focstream.types import InputError
from tests.capture.recording.recordings import slice_number, write
from tests.capture.recording.series.series import eight_sweeps, write_series


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    for name in ("1/a.mcap", "1/b.mcap", "2/a.mcap"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        write(tmp_path / name, map(slice_number, range(4)))
    write_series(tmp_path / "2/long", eight_sweeps())
    (tmp_path / "2/notes.txt").write_text("nothing")
    return tmp_path


def names(folder: Path, replay: Path) -> dict[str, str]:
    """The sources that are found, and the folders that their sweeps are saved in."""
    sources = sources_of(replay)
    return {str(path.relative_to(folder)): str(sources.names.name_of(path)) for path in sources}


def test_a_folder_holds_its_recordings_and_those_of_its_folders(archive: Path) -> None:
    found = names(archive, archive)
    assert list(found) == ["1/a.mcap", "1/b.mcap", "2/a.mcap", "2/long"]
    assert list(found.values()) == ["1/a", "1/b", "2/a", "2/long"]


@pytest.mark.parametrize("absolute", [True, False])
def test_a_pattern_finds_recordings_by_name(
    archive: Path, monkeypatch: pytest.MonkeyPatch, absolute: bool
) -> None:
    monkeypatch.chdir(archive)
    where = archive if absolute else Path()
    assert names(where, where / "*/a.mcap") == {"1/a.mcap": "1/a", "2/a.mcap": "2/a"}
    assert names(where, where / "2/*") == {"2/a.mcap": "a", "2/long": "long"}
    assert names(where, where / "**/b*") == {"1/b.mcap": "1/b"}
    assert sources_of(where / "*/a.mcap").kind == "pattern"


def test_a_list_has_a_source_a_line(archive: Path) -> None:
    listed = archive / "list.txt"
    listed.write_text(f"# of Monday\n2/long\n\n1/b.mcap\n{archive / '1/b.mcap'}\ns3://bucket/c.mcap\n2\n")
    sources = sources_of(listed)
    assert sources.kind == "list"
    found = list(sources)
    assert found == [
        *(archive / "2/long", archive / "1/b.mcap"),
        *(StorePath("s3://bucket/c.mcap"), archive / "2/a.mcap"),
    ]
    assert [str(sources.names.name_of(path)) for path in (found[0], found[1])] == ["2/long", "1/b"]


def test_one_recording_has_no_name_of_its_own(archive: Path) -> None:
    for one in ("1/a.mcap", "2/long"):
        sources = sources_of(archive / one)
        assert (sources.kind, list(sources)) == ("alone", [archive / one])
        assert sources.names.name_of(archive / one) == Path()


def test_a_recording_beside_a_folder_of_its_name_keeps_its_suffix(tmp_path: Path) -> None:
    write(tmp_path / "a.mcap", map(slice_number, range(4)))
    write_series(tmp_path / "a", eight_sweeps())
    assert names(tmp_path, tmp_path) == {"a": "a", "a.mcap": "a.mcap"}


def test_what_lies_elsewhere_is_named_by_all_of_its_path(tmp_path: Path) -> None:
    assert SavedNames(root=tmp_path).name_of(Path("/data/day/a")) == Path("data/day/a")


@pytest.mark.parametrize("content", [b"", b"# nothing\n\n"])
def test_a_list_of_nothing_is_an_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "list.txt").write_bytes(content)
    with pytest.raises(InputError, match="names no recording and no stack"):
        list(sources_of(tmp_path / "list.txt"))


@pytest.mark.parametrize("line", [b"\xff\xfe", b"a\0b", b"a" * 5000])
def test_a_line_that_is_no_path_is_named(tmp_path: Path, line: bytes) -> None:
    (tmp_path / "list.txt").write_bytes(b"a.mcap\n" + line + b"\n")
    with pytest.raises(InputError, match="line 2 is no path"):
        list(sources_of(tmp_path / "list.txt"))


def test_what_is_saved_stays_in_its_folder(archive: Path) -> None:
    """Also where a list goes up and down again; each source is played once."""
    text = "../archive/one.mcap\nbelow/../../archive/one.mcap\n"
    (archive / "up.txt").write_text(text)
    (archive / "one.mcap").touch()
    sources = sources_of(archive / "up.txt")
    (source,) = sources
    assert ".." not in sources.names.name_of(source).parts


def test_a_malformed_pattern_is_one_line(archive: Path) -> None:
    with pytest.raises(InputError, match=r"write \*\* alone between slashes"):
        list(sources_of(archive / "a**b" / "*.mcap"))
