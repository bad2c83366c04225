"""What runs in a worker of a Ray cluster; it is sent there as code, since focstream may be missing there.

It imports nothing but the standard library: what is wrong there becomes a line, not a traceback of Ray.
"""

import logging
import socket
import sys
from collections.abc import Sequence
from typing import Any

_MOST_LINES = 20


Begun = tuple[str, str]
"""Where a worker is, and why it cannot play; that is empty when it can."""
Played = tuple[bytes, str, tuple[str, ...]]
"""A pickled result; or else what went wrong; and what was logged meanwhile."""


class Worker:
    """Holds one player from range to range."""

    def __init__(self) -> None:
        self._player: Any = None
        self._log = _KeptLines()

    def begin(self, version: str, paths: Sequence[str], make: bytes) -> Begun:
        """Make the player.

        Parameters
        ----------
        version
            Of focstream, where the ranges come from.
        paths
            Where Python looks for modules, for a worker on the same computer.
        make
            A pickled `MakePlayer`.
        """
        import pickle

        import ray

        node = f"{socket.gethostname()}-{ray.get_runtime_context().get_node_id()[:6]}"
        sys.path.extend(path for path in paths if path not in sys.path)
        logging.getLogger().addHandler(self._log)
        try:
            fault = self._version_fault(version)
            if not fault:
                self._player = pickle.loads(make)()
        except Exception as error:  # noqa: BLE001  # whatever it is becomes a line
            fault = _in_words(error)
        return node, fault

    def play(self, work: bytes) -> Played:
        """Play a pickled range."""
        import pickle

        self._log.lines.clear()
        try:
            result = self._player.play(pickle.loads(work))
            return pickle.dumps(result), "", tuple(self._log.lines)
        except Exception as error:  # noqa: BLE001  # whatever it is becomes a line
            return b"", _in_words(error), tuple(self._log.lines)

    def close(self) -> None:
        """Free what the player holds."""
        if self._player is not None:
            self._player.close()

    def _version_fault(self, version: str) -> str:
        try:
            from focstream.version import __version__
        except ImportError:
            return f"focstream is not installed there: install {version}, as here"
        if __version__ != version:
            return f"it has focstream {__version__}, and this computer {version}; install the same on all"
        return ""


class _KeptLines(logging.Handler):
    """Keeps warnings for the computer that the ranges come from."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if len(self.lines) < _MOST_LINES:
            self.lines.append(record.getMessage())


def _in_words(error: Exception) -> str:
    known = "FocstreamError" in (kind.__name__ for kind in type(error).__mro__)
    return str(error) if known else f"{type(error).__name__}: {error}"
