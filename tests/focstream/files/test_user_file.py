import os
import socket
from pathlib import Path

import pytest

from engines.errors import EngineError
from focstream.files.user_file import check_file, open_file, read_file, size_text
from focstream.types import InputError

unix_only = pytest.mark.skipif("sys.platform == 'win32'", reason="Windows has no pipes with a path")


def test_a_regular_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert read_file(tmp_path / "a", most_bytes=3) == b"abc"
    assert check_file(tmp_path / "a") == 3
    (tmp_path / "link").symlink_to(tmp_path / "a")
    assert read_file(tmp_path / "link", most_bytes=3) == b"abc"


def test_a_longer_file_is_refused_with_both_sizes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abcd")
    with pytest.raises(InputError, match="has 4 bytes, and such a file at most 3 bytes"):
        read_file(tmp_path / "a", most_bytes=3)


def test_a_sparse_giant_is_refused_without_being_read(tmp_path: Path) -> None:
    with (tmp_path / "a").open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(InputError, match="has 1024 GiB"):
        read_file(tmp_path / "a", most_bytes=2**30)


@unix_only
@pytest.mark.timeout(10)
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a")
    with pytest.raises(InputError, match="is a pipe; give a regular file"):
        open_file(tmp_path / "a")


@unix_only
def test_what_is_no_regular_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder"):
        open_file(tmp_path)
    with pytest.raises(InputError, match="is a device"):
        open_file(Path("/dev/zero"))
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(tmp_path / "s"))
        with pytest.raises(InputError, match="is a socket"):
            open_file(tmp_path / "s")


@pytest.mark.parametrize("name", ["a\0b", "a\nb"])
def test_names_that_would_break_the_message_are_shown_escaped(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"a\\(x00|n)b: cannot be read"):
        open_file(tmp_path / name)


def test_the_message_names_the_option_and_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(
        EngineError, match=r"^--config .*absent: cannot be read \(No such file.*\); give another$"
    ):
        open_file(tmp_path / "absent", what="--config", remedy="give another", error=EngineError)


@pytest.mark.parametrize(("count", "text"), [(0, "0 bytes"), (2048, "2 KiB"), (3 * 2**20, "3 MiB")])
def test_sizes_in_words(count: int, text: str) -> None:
    assert size_text(count) == text
