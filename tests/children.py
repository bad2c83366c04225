"""Programs of focstream in processes of their own, which tests send signals to."""

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from focstream.program.signals import INTERRUPTED

ROOT = Path(__file__).parents[1]
PATIENCE_S = 60.0
TRIES = 20


@contextmanager
def started(*words: object) -> Iterator["subprocess.Popen[str]"]:
    """Run Python with these words; the process is gone when the block is left."""
    command = [sys.executable, *map(str, words)]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=heed_ctrl_c
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def heed_ctrl_c() -> None:
    """Undo what a shell does to a process in the background, and with it to these tests: to ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until something is so."""
    end_s = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > end_s:
            raise TimeoutError
        time.sleep(0.001)


def caught(
    words: Sequence[object],
    number: signal.Signals,
    *,
    when: Callable[["subprocess.Popen[str]"], object],
    again: Callable[[], None] = lambda: None,
) -> tuple[int, str, str]:
    """Signal a program in the middle of its work; returns its exit code and what it printed on either stream.

    A quick program may be over before the signal on a machine with other work: then it is run once more,
    after `again` has tidied up. One that never minds signals comes back with its own exit code.
    """
    for _ in range(TRIES):
        with started(*words) as process:
            wait_for(lambda process=process: when(process) or process.poll() is not None)
            process.send_signal(number)
            out, said = process.communicate(timeout=PATIENCE_S)
        if process.returncode == INTERRUPTED:
            break
        again()
    return process.returncode, out, said


def signal_until_over(process: "subprocess.Popen[str]", number: signal.Signals, *, every_s: float) -> None:
    """Send a signal again and again: two that wait in a process are one, and it may take two."""
    while process.poll() is None:
        process.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(every_s)


def has_taken_charge(process: "subprocess.Popen[str]") -> bool:
    """Whether the program handles SIGTERM, or is over; before, Python's start is at the mercy of signals."""
    if process.poll() is not None:
        return True
    status = Path(f"/proc/{process.pid}/status").read_text()
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1)
