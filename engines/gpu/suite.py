"""The project's own tests that need a GPU."""

import importlib.util
import subprocess
import sys
from pathlib import Path

from engines.gpu.findings import Findings, StageWork
from engines.gpu.gpu_or_double import require_gpu

_ROOT = Path(__file__).parents[2]
_NO_TESTS = 5
"""Exit code of pytest when nothing was collected."""


def suite(work: StageWork) -> Findings:
    """Run them; a rehearsal only collects them."""
    if not work.rehearse:
        require_gpu()
    tests = _ROOT / "tests" / "engines"
    if not tests.is_dir():
        return Findings(not_run="the tests are not installed: run this in a clone of the repository")
    if importlib.util.find_spec("pytest") is None:
        return Findings(not_run="pytest is not installed; install the extra dev")
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-m", "gpu", "-p", "no:cacheprovider", "-rs"]
    asked = [*command, *(["--collect-only"] if work.rehearse else []), str(tests)]
    done = subprocess.run(asked, cwd=_ROOT, capture_output=True, text=True, check=False)
    sys.stdout.write(done.stdout + done.stderr)
    last = next((line for line in reversed(done.stdout.splitlines()) if line.strip()), "no output")
    if done.returncode == _NO_TESTS:
        return Findings(failures=("no test needs a GPU",))
    return Findings(lines=(last.strip("= "),), failures=(last.strip("= "),) if done.returncode else ())
