"""What goes wrong in a long run, one thing a minute."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psutil

_BUSY_PER_CORE = 12

CAMERA_FAULTS = ("lost camera", "silent camera")
"""Those in which the camera is closed and opened again."""

Wait = Callable[[float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault that has happened.

    Attributes
    ----------
    name
        As in the table.
    from_s, until_s
        When, in seconds since the epoch; it is felt a little longer.
    """

    name: str
    from_s: float
    until_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """The faults, in turn.

    Attributes
    ----------
    bench
        The file in which the simulated camera looks up what is wrong with it.
    reader, viewer
        Processes that are stopped for a while.
    """

    bench: Path
    reader: psutil.Process
    viewer: psutil.Process

    def cause(self, number: int, *, wait: Wait, length_s: float) -> Fault:
        """Cause fault `number` (they take turns) for `length_s`, and undo it."""
        name, fault = list(self._all().items())[number % len(self._all())]
        from_s = time.time()
        with fault():
            wait(length_s)
        return Fault(name=name, from_s=from_s, until_s=time.time())

    def _all(self) -> dict[str, Callable[[], contextlib.AbstractContextManager[None]]]:
        return {
            "slow reader": lambda: _stopped(self.reader),
            "lost camera": lambda: _written(self.bench, "unplugged 1"),
            "full queue": _busy_processor,
            "lost images": lambda: _written(self.bench, "drop_percent 20"),
            "stalled page": lambda: _stopped(self.viewer),
            "silent camera": lambda: _written(self.bench, "stalled 1"),
        }


@contextlib.contextmanager
def _stopped(process: psutil.Process) -> Iterator[None]:
    process.suspend()
    try:
        yield
    finally:
        process.resume()


@contextlib.contextmanager
def _written(bench: Path, line: str) -> Iterator[None]:
    bench.write_text(f"{line}\n", "ascii")
    try:
        yield
    finally:
        bench.write_text("\n", "ascii")


@contextlib.contextmanager
def _busy_processor() -> Iterator[None]:
    """Keep every core busy several times over, so that slices come faster than depth is computed."""
    command = [sys.executable, "-S", "-E", "-c", "while True: pass"]
    with ExitStack() as stack:
        for _ in range(_BUSY_PER_CORE * (os.cpu_count() or 1)):
            process = stack.enter_context(subprocess.Popen(command))
            stack.callback(process.send_signal, signal.SIGKILL)
        yield
