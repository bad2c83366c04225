"""A reader who has seen enough (``| head``) ends a command in silence."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.capture.recording.recordings import slice_number, write

ROOT = Path(__file__).parents[1]
BENCHMARKS = sorted(
    path for path in (ROOT / "benchmarks").rglob("*.py") if "__main__" in path.read_text(encoding="utf-8")
)


def piped_nowhere(*command: object) -> subprocess.CompletedProcess[str]:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        return subprocess.run(
            [sys.executable, *map(str, command)],
            stdout=writing,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            timeout=100,
            check=False,
        )
    finally:
        os.close(writing)


@pytest.mark.parametrize(
    "command",
    [
        ("run_pipeline.py", "--help"),
        ("run_pipeline.py", "--list-lenses"),
        ("-m", "focstream", "--help"),
        ("-m", "capture", "info", "a.mcap"),
        ("-m", "engines", "list"),
        ("-m", "calibration", "show", "--help"),
        ("-m", "benchmarks.calls", "--help"),
    ],
    ids=" ".join,
)
def test_a_closed_pipe_is_no_error(tmp_path: Path, command) -> None:
    recording = write(tmp_path / "a.mcap", [slice_number(0)])
    done = piped_nowhere(*(recording if word == "a.mcap" else word for word in command))
    assert done.returncode == 0, done.stderr
    assert not re.search(r"Traceback|Broken ?pipe|Exception ignored", done.stderr), done.stderr


@pytest.mark.parametrize("path", BENCHMARKS, ids=lambda path: path.stem)
def test_every_benchmark_ends_so(path: Path) -> None:
    """Running each takes too long: all go through the same end."""
    text = path.read_text(encoding="utf-8")
    assert re.search(r'if __name__ == "__main__":\n    with piped\(\):\n', text), f"{path}: see piped"
