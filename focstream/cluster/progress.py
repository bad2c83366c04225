"""How far a replay of many is: a bar on a terminal, a line now and then elsewhere."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

from focstream.cluster.work import RangeResult
from focstream.counted import counted

_log = logging.getLogger(__name__)

_PERIOD_S = 30.0
_MOST_NODES = 10_000


class Progress:
    """Counts what came of ranges, and shows it.

    Parameters
    ----------
    bar
        On the terminal; one that is disabled shows nothing.

    Attributes
    ----------
    slices, sweeps, failed
        So far; `failed` are ranges.
    """

    def __init__(self, bar: "tqdm[NoReturn]") -> None:
        self._bar = bar
        self._started_s = self._said_s = time.monotonic()
        self._nodes: set[str] = set()
        self.slices = self.sweeps = self.failed = 0

    @property
    def seconds(self) -> float:
        """Since the start."""
        return max(time.monotonic() - self._started_s, 1e-3)

    def add(self, result: RangeResult) -> None:
        """Count a range."""
        slices = sum(sweep.slices_seen for sweep in result.sweeps)
        self.slices += slices
        self.sweeps += len(result.sweeps)
        self.failed += bool(result.error)
        if result.node and len(self._nodes) < _MOST_NODES:
            self._nodes.add(result.node)
        if not self._bar.disable:
            self._bar.set_postfix_str(self._counts(), refresh=False)
            self._bar.update(slices)
        elif time.monotonic() - self._said_s >= _PERIOD_S:
            self._said_s = time.monotonic()
            _log.info("%.1f slices/s, %s", self.slices / self.seconds, self._counts())

    def _counts(self) -> str:
        return f"{counted(self.sweeps, 'sweep')}, {self.failed} failed, {counted(len(self._nodes), 'node')}"


@contextmanager
def progress() -> Iterator[Progress]:
    """Show a bar while the block runs, if the standard error is a terminal; lines of the log go above it."""
    with logging_redirect_tqdm():
        bar: tqdm[NoReturn] = tqdm(unit="slice", disable=None, smoothing=0.05)
        with bar:
            yield Progress(bar)
