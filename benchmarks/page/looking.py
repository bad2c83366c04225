"""A viewer that comes and goes while something else is measured."""

import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import psutil

from focstream.types import InputError

_PATIENCE_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What a viewer had done at a moment.

    Attributes
    ----------
    at_s
        When it was, on the monotonic clock.
    maps
        How many maps it had drawn.
    processor_s
        Processor time of its browser, of all its processes.
    """

    at_s: float
    maps: int
    processor_s: float


class Looking:
    """Runs a viewer while entered. A context manager.

    Parameters
    ----------
    url
        Of the page.
    what
        What it looks at, as of `benchmarks.page.viewer`; "nobody" for no viewer.

    Attributes
    ----------
    stamps_ms
        When it drew a map, on the page's clock.
    """

    def __init__(self, url: str, what: str) -> None:
        self._command = [sys.executable, "-m", "benchmarks.page.viewer", url, what]
        self._process: subprocess.Popen[str] | None = None
        self._is_there = what != "nobody"
        self._ready = threading.Event()
        self.stamps_ms: list[float] = []

    @property
    def is_ready(self) -> bool:
        """Whether the first map is drawn."""
        if self._process is not None and self._process.poll() is not None:
            raise InputError("the viewer failed; what it said is above")
        return self._ready.is_set()

    def wait(self) -> None:
        """Wait until the first map is drawn."""
        deadline_s = time.monotonic() + _PATIENCE_S
        while not self.is_ready:
            if time.monotonic() > deadline_s:
                raise InputError(f"the viewer has drawn nothing within {_PATIENCE_S:g} s")
            self._ready.wait(0.1)

    def mark(self) -> Mark:
        """Return what it has done until now."""
        return Mark(at_s=time.monotonic(), maps=len(self.stamps_ms), processor_s=self._processor_s())

    def __enter__(self) -> Self:
        if not self._is_there:
            self._ready.set()
            return self
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(self._command, stdin=pipe, stdout=pipe, text=True)
        self._reading = threading.Thread(target=self._read, args=(self._process,), daemon=True)
        self._reading.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            self._process.wait()
            self._reading.join()

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout as output:
            for line in output:
                self.stamps_ms.append(float(line.split()[1]))
                self._ready.set()

    def _processor_s(self) -> float:
        if self._process is None:
            return 0.0
        browser = (
            child
            for child in psutil.Process(self._process.pid).children(recursive=True)
            if "chrom" in child.name()
        )
        times = (child.cpu_times() for child in browser)
        return sum(each.user + each.system for each in times)
