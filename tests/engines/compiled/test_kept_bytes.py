"""What was kept comes back whole, or not at all."""

import logging
from pathlib import Path

import pytest

from engines.compiled.kept_bytes import KeptBytes


def test_it_comes_back(tmp_path: Path) -> None:
    kept = KeptBytes(tmp_path / "new" / "times", without="")
    assert kept.read() == b""
    for content in (b"some", b"", bytes(range(256))):
        kept.write(content)
        assert kept.read() == content
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["times"]


@pytest.mark.parametrize("length", [0, 5, 32, 35])
def test_what_is_damaged_does_not(tmp_path: Path, length: int) -> None:
    kept = KeptBytes(tmp_path / "times", without="")
    kept.write(b"some")
    whole = kept.path.read_bytes()
    kept.path.write_bytes(whole[:length])
    assert kept.read() == b""
    kept.path.write_bytes(whole[:-1] + b"!")
    assert kept.read() == b""


def test_where_it_cannot_be_written_the_log_says_what_follows(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    kept = KeptBytes(tmp_path / "file" / "times", without="the next build measures anew")
    with caplog.at_level(logging.INFO):
        kept.write(b"some")
    assert "; the next build measures anew" in caplog.text
    assert kept.read() == b""
