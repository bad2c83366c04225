"""What is being made appears whole or not at all, whatever ends the program."""

import signal
import time
from pathlib import Path

import pytest

from focstream.files.part_files import scratch_folder, whole_file, whole_folder
from focstream.program.signals import INTERRUPTED
from tests.children import signal_until_over, started

MAKES = """
import sys, time
from pathlib import Path
from focstream.files.part_files import *
from focstream.program.commands import Command, NoSettings, run_command
from focstream.program.signals import begin

begin("x")

def run(_):
    place = Path({place!r})
    (place / "seen").touch()
    with {what} as part:
        print("makes", flush=True)
        file = part / "inside" if part.is_dir() else part
        file.write_bytes(bytes(1000))
        {then}

sys.exit(run_command(lambda: Command(NoSettings, run), [], prog="x"))
"""
WHAT = {
    "file": 'whole_file(place / "a.bin")',
    "folder": 'whole_folder(place / "b")',
    "scratch": "scratch_folder()",
}
WAITS = "time.sleep(60)"
STUCK = "__import__('hashlib').pbkdf2_hmac('sha256', b'x', b'y', 2**31 - 1)"


def left_in(place: Path) -> list[str]:
    return sorted(entry.name for entry in place.iterdir() if entry.name != "seen")


@pytest.mark.parametrize(
    ("what", "number", "then"),
    [
        ("file", signal.SIGINT, WAITS),
        ("file", signal.SIGTERM, STUCK),
        ("folder", signal.SIGTERM, WAITS),
        ("scratch", signal.SIGTERM, WAITS),
    ],
)
def test_a_signal_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, number: signal.Signals, then: str
) -> None:
    """Also while the program is stuck in a library, which takes a second signal."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with started("-c", MAKES.format(place=str(tmp_path), what=WHAT[what], then=then)) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "makes\n"
        process.send_signal(number)
        if then == STUCK:
            time.sleep(0.5)  # two that wait are one
            signal_until_over(process, number, every_s=1.0)
        _, said = process.communicate(timeout=60)
    assert (process.returncode, said.count("interrupted"), len(said.splitlines())) == (INTERRUPTED, 1, 1), (
        said
    )
    assert left_in(tmp_path) == []


def test_what_a_killed_program_left_is_named_by_the_next_and_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    code = MAKES.format(place=str(tmp_path), what=WHAT["file"], then=WAITS)
    with started("-c", code) as killed, started("-c", code) as running:
        for process in (killed, running):
            assert process.stdout is not None
            assert process.stdout.readline() == "makes\n"
        killed.kill()
        killed.wait()
        (parts := list(tmp_path.glob(".a.bin.*.part"))).sort()
        assert len(parts) == 2
        for _ in range(2):  # named once
            with whole_file(tmp_path / "a.bin", replace=True) as part:
                part.write_bytes(b"whole")
    (record,) = caplog.records
    assert "left behind by a program that was killed: delete it" in record.getMessage()
    assert sum(str(part) in record.getMessage() for part in parts) == 1
    assert (tmp_path / "a.bin").read_bytes() == b"whole"
    assert len(list(tmp_path.glob(".a.bin.*.part"))) >= 1


def test_a_file_appears_at_the_end_under_its_own_name(tmp_path: Path) -> None:
    with whole_file(tmp_path / "a.bin") as part:
        assert part.name == "a.bin"
        part.write_bytes(b"1")
        assert not (tmp_path / "a.bin").exists()
    assert left_in(tmp_path) == ["a.bin"]


def test_a_file_that_is_there_is_replaced_only_when_asked_to(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(FileExistsError), whole_file(tmp_path / "a") as part:
        part.write_bytes(b"new")
    assert (tmp_path / "a").read_bytes() == b"old"
    with whole_file(tmp_path / "a", replace=True) as part:
        part.write_bytes(b"new")
    assert (tmp_path / "a").read_bytes() == b"new"
    assert left_in(tmp_path) == ["a"]


def test_a_folder_never_replaces_another(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    with pytest.raises(FileExistsError), whole_folder(tmp_path / "b") as part:
        (part / "x").touch()
    assert left_in(tmp_path) == ["b"]
    assert left_in(tmp_path / "b") == []


def fails(path: Path) -> None:
    path.touch()
    raise ValueError("odd")


def test_an_error_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="odd"), whole_file(tmp_path / "a") as part:
        fails(part)
    with pytest.raises(ValueError, match="odd"), whole_folder(tmp_path / "b") as part:
        fails(part / "x")
    with scratch_folder() as scratch:
        assert scratch.is_dir()
    assert left_in(tmp_path) == []
    assert not scratch.exists()
