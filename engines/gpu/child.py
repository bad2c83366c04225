"""Runs a stage in a process of its own: it may crash, or take too long, and both are results."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from engines.gpu.findings import StageReport, StageWork
from engines.gpu.stages import Stage

_NOISE = ("Exception ignored", "Fatal Python error", "PyCUDA WARNING")
"""What a package prints when it is torn down in the wrong order."""


def run_in_child(stage: Stage, work: StageWork) -> StageReport:
    """Run the stage; its output goes to logs/STAGE.txt in the folder of the report."""
    logs = work.out / "logs"
    logs.mkdir(exist_ok=True)
    result, log = logs / f"{stage.name}.json", logs / f"{stage.name}.txt"
    result.unlink(missing_ok=True)
    start_s = time.perf_counter()
    code = _wait(_command(stage, work, result), log, work.reserved_s)
    seconds = time.perf_counter() - start_s
    if code is None:
        reason = f"ended after {work.reserved_s:.0f} s; see {log.name}"
        return StageReport(stage=stage.name, outcome="out of time", reason=reason, seconds=seconds)
    if not result.exists():
        reason = f"{_how(code)}: {_last_line(log)}; see {log.name}"
        return StageReport(stage=stage.name, outcome="crashed", reason=reason, seconds=seconds)
    report = StageReport.model_validate_json(result.read_text(encoding="utf-8"))
    result.unlink()
    return _as_it_ended(report, code, log).model_copy(update={"seconds": seconds})


def _command(stage: Stage, work: StageWork, result: Path) -> list[str]:
    return [sys.executable, "-m", "engines.gpu.one_stage", stage.name, work.model_dump_json(), str(result)]


def _wait(command: list[str], log: Path, limit_s: float) -> int | None:
    """Return the exit code, None when it was ended; its own children end with it."""
    package_root = str(Path(__file__).parents[2])
    paths = [package_root, *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, env=environment, start_new_session=True
        )
        try:
            return process.wait(timeout=limit_s)
        except subprocess.TimeoutExpired:
            return None
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _as_it_ended(report: StageReport, code: int, log: Path) -> StageReport:
    """Make a stage fail that did its work and then did not end in order."""
    noise = next((word for word in _NOISE if word in log.read_text(encoding="utf-8", errors="replace")), None)
    if report.outcome != "passed" or (code == 0 and noise is None):
        return report
    reason = f"{_how(code)} after its work" if code else f"printed {noise!r} at its end"
    return report.model_copy(update={"outcome": "failed", "reason": f"{reason}; see {log.name}"})


def _how(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    return f"ended by {signal.Signals(-code).name}"


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "no output")
