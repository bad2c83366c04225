"""One command, run to its end under limits."""

import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.shared.running_pipeline import ROOT, set_limits

_POLL_S = 0.005
_KILOBYTE = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """A signal to send.

    Attributes
    ----------
    number
        Such as `signal.SIGINT`.
    after_s
        From the start of the command.
    """

    number: int
    after_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended.

    Attributes
    ----------
    code
        Exit code; minus the number of the signal that ended it.
    killed
        It outlasted its limit, and was killed.
    text
        What it printed, to either stream.
    took_s, end_s
        From its start, and from the last signal, until its end.
    busy_s
        Of a processor that it used.
    peak_mb
        The most memory that was resident.
    """

    code: int
    killed: bool
    text: str
    took_s: float
    end_s: float
    busy_s: float
    peak_mb: float


def run_command(
    arguments: Sequence[str],
    *,
    limit_s: float = 60.0,
    signals: Sequence[Signal] = (),
    limits: Mapping[int, int] | None = None,
    stdout: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Ended:
    """Run Python with these arguments.

    Parameters
    ----------
    arguments
        Of the interpreter, such as ``run_pipeline.py --help``.
    limit_s
        Kill it after so long.
    signals
        To send on the way, in their order.
    limits
        Of its resources, such as `resource.RLIMIT_FSIZE`; on Linux.
    stdout
        A file for what it prints there; otherwise that is in `Ended.text`.
    environment
        Set besides that of this process.
    """
    with tempfile.TemporaryFile() as output, (stdout or Path(os.devnull)).open("wb") as elsewhere:
        started_s = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200", **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=output if stdout is None else elsewhere,
            stderr=output,
            start_new_session=True,
        )
        set_limits(process.pid, limits or {})
        killed, usage, last_s = _attend(process, signals, started_s=started_s, limit_s=limit_s)
        ended_s = time.monotonic()
        output.seek(0)
        text = output.read().decode("utf-8", "replace")
    return Ended(
        code=process.returncode,
        killed=killed,
        text=text,
        took_s=ended_s - started_s,
        end_s=ended_s - last_s,
        busy_s=usage.ru_utime + usage.ru_stime,
        peak_mb=usage.ru_maxrss * _KILOBYTE / 1e6,
    )


def _attend(
    process: subprocess.Popen[bytes], signals: Sequence[Signal], *, started_s: float, limit_s: float
) -> tuple[bool, resource.struct_rusage, float]:
    """Send the signals and wait: whether it was killed, what it used, when the last signal was sent."""
    left, last_s, killed = list(signals), started_s, False
    while True:
        ended, status, usage = os.wait4(process.pid, os.WNOHANG)
        if ended:
            process.returncode = os.waitstatus_to_exitcode(status)
            return killed, usage, last_s
        now_s = time.monotonic()
        if left and now_s >= started_s + left[0].after_s:
            os.kill(process.pid, left.pop(0).number)
            last_s = now_s
        elif not killed and now_s > started_s + limit_s:
            os.killpg(process.pid, signal.SIGKILL)
            killed = True
        time.sleep(_POLL_S)
