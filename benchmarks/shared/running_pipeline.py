"""`run_pipeline.py` as a process of its own: its log, its addresses, and its end."""

import os
import re
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

ROOT = Path(__file__).parents[2]
_ADDRESSES = {
    "depth": re.compile(r"publishing depth at (\S+)"),
    "page": re.compile(r"live page at (\S+)"),
    "metrics": re.compile(r"metrics at (\S+)"),
}
_TRACEBACK = "Traceback (most recent call last)"


class RunningPipeline:
    """Starts the program when entered, and ends it with SIGINT when left. A context manager.

    Parameters
    ----------
    arguments
        Options of `run_pipeline.py`.
    environment
        Set besides that of this process.
    limits
        Of its resources, such as `resource.RLIMIT_NOFILE`; on Linux.
    limit_s
        How long a wait for something in the log may take before it is an error.

    Attributes
    ----------
    lines
        Everything that the program has printed, line by line.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        limits: Mapping[int, int] | None = None,
        limit_s: float = 120.0,
    ) -> None:
        self._limits = limits or {}
        self._command = [sys.executable, "run_pipeline.py", *arguments]
        self._environment = {**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})}
        self._limit_s = limit_s
        self.lines: list[str] = []
        self._said = threading.Condition()

    @property
    def text(self) -> str:
        """All that was printed."""
        with self._said:
            return "\n".join(self.lines)

    @property
    def tracebacks(self) -> int:
        """How many tracebacks are in what was printed."""
        return self.text.count(_TRACEBACK)

    @property
    def process(self) -> psutil.Process:
        """The process, for its memory, descriptors and threads."""
        return psutil.Process(self._process.pid)

    @property
    def returncode(self) -> int | None:
        """Exit code, negative for a signal; None while it runs."""
        return self._process.poll()

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Wait until the log has `pattern`, and return where.

        Raises
        ------
        RuntimeError
            When the program ended without it, or took too long.
        """
        wanted = re.compile(pattern)
        deadline_s = time.monotonic() + self._limit_s
        while True:
            if found := wanted.search(self.text):
                return found
            if not self._logging.is_alive() or time.monotonic() > deadline_s:
                raise RuntimeError(f"the program never printed {pattern!r}; it printed:\n{self.text[-4000:]}")
            with self._said:
                self._said.wait(0.2)

    def address(self, of: str) -> str:
        """Wait for the address of "depth", "page" or "metrics", and return it."""
        return self.wait_for(_ADDRESSES[of].pattern)[1]

    def stop(self, number: int = signal.SIGINT, *, within_s: float = 60.0) -> float:
        """Send a signal and return how many seconds the end took; what outlasts `within_s` is killed."""
        sent_s = time.monotonic()
        if self._process.poll() is None:
            self._process.send_signal(number)
        try:
            self._process.wait(within_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        took_s = time.monotonic() - sent_s
        self._logging.join()
        return took_s

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command,
            cwd=ROOT,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,  # Ctrl-C at the terminal is for this program; it ends the other in order
        )
        set_limits(self._process.pid, self._limits)
        self._logging = threading.Thread(target=self._read_log, name="log", daemon=True)
        self._logging.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _read_log(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as output:
            for line in output:
                with self._said:
                    self.lines.append(line.rstrip("\n"))
                    self._said.notify_all()


def set_limits(pid: int, limits: Mapping[int, int]) -> None:
    """Limit the resources of a process that has just been started, before its interpreter has begun."""
    for kind, most in limits.items():
        resource.prlimit(pid, kind, (most, most))
