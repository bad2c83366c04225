"""Profile and intrinsics: read once, for the depth and for the recording."""

import re
from pathlib import Path

import pytest

from calibration.measure.profile_file import write_profile
from capture.recording.file_writer import FileWriter
from capture.recording.origin import PROFILE_NAME, Origin, file_attachment
from capture.recording.reader import RecordingReader
from capture.rig_files import read_rig_files
from focstream.types import InputError
from tests.calibration.profiles import full_profile
from tests.capture.recording.recordings import slice_number

INTRINSICS = "width_px = 16\nheight_px = 12\nfx_px = 5.0\nfy_px = 5.5\ncx_px = 2.5\ncy_px = 1.5\n"


def recording_with(profile: Path, path: Path) -> RecordingReader:
    origin = Origin(device="test", attachments=(file_attachment(profile, name=PROFILE_NAME),))
    with FileWriter(path, origin=origin) as writer:
        writer.write_slice(slice_number(0))
    return RecordingReader(path)


def test_nothing_is_known_without_files() -> None:
    files = read_rig_files()
    assert (files.profile, files.intrinsics, files.attachments) == (None, None, ())


def test_the_files_come_with_their_bytes(tmp_path: Path) -> None:
    profile, intrinsics = tmp_path / "mine.toml", tmp_path / "k.toml"
    write_profile(full_profile(), profile)
    intrinsics.write_text(INTRINSICS)
    files = read_rig_files(profile=profile, intrinsics=intrinsics)
    assert files.profile == full_profile()
    assert files.intrinsics is not None
    assert files.intrinsics.fy_px == 5.5
    assert {item.name: item.data for item in files.attachments} == {
        "k.toml": intrinsics.read_bytes(),
        PROFILE_NAME: profile.read_bytes(),
    }


def test_the_profile_in_a_recording_counts_unless_another_is_given(tmp_path: Path) -> None:
    inside, given = tmp_path / "inside.toml", tmp_path / "given.toml"
    write_profile(full_profile(), inside)
    other = full_profile().model_copy(update={"date": "2031-01-01T00:00:00+00:00"})
    write_profile(other, given)
    recording = recording_with(inside, tmp_path / "a.mcap")
    assert read_rig_files(recording=recording).profile == full_profile()
    assert read_rig_files(recording=recording).attachments[0].data == inside.read_bytes()
    assert read_rig_files(recording=recording, profile=given).profile == other


@pytest.mark.parametrize("option", ["profile", "intrinsics"])
@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "cannot be read"), (b"a = ", "not valid TOML"), (b"\xff", "not valid TOML")],
)
def test_a_bad_file_is_one_line(tmp_path: Path, option: str, content: bytes | None, message: str) -> None:
    path = tmp_path / "bad.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=rf"{re.escape(str(path))}.*{message}") as caught:
        read_rig_files(**{option: path})
    assert "\n" not in str(caught.value)
