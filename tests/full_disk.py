"""A program that meets a full disk, without root: no file may grow beyond a size (RLIMIT_FSIZE)."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
_RUN = """
import resource, runpy, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
sys.argv = sys.argv[2:]
sys.path.insert(0, "")
if sys.argv[0].endswith(".py"):
    runpy.run_path(sys.argv[0], run_name="__main__")
else:
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""


def run_with_room(most_bytes: int, program: str, *argv: str) -> subprocess.CompletedProcess[str]:
    """Run a module or a script whose files may have at most so many bytes."""
    command = [sys.executable, "-c", _RUN, str(most_bytes), program, *argv]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False)


def assert_one_clear_line(done: subprocess.CompletedProcess[str], *words: str) -> None:
    """Fail unless the program ended with 2, without a traceback, and its last line has these words."""
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert all(word in last for word in words), last
