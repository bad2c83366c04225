from pathlib import Path

import pytest

from focstream.files.writing import write_whole, writing
from focstream.types import InputError

FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full, as Linux has it")


def test_a_file_is_replaced_whole_and_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    write_whole(tmp_path / "link", b"new")
    assert (tmp_path / "a").read_bytes() == b"new"
    assert (tmp_path / "link").is_symlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "link"]


def test_what_cannot_be_written_is_one_line_and_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(InputError, match=r"a: cannot be written \(Is a directory\); choose another"):
        write_whole(tmp_path / "a", b"new", remedy="choose another")
    assert (tmp_path / "a").is_dir()


@needs_full
def test_a_full_disk_is_told() -> None:
    with pytest.raises(
        InputError, match=r"/dev/full: cannot be written \(No space left on device\); make room"
    ):
        write_whole(FULL, b"new")
    with pytest.raises(InputError, match="No space left"), writing(FULL), FULL.open("w") as file:
        file.write("text")
