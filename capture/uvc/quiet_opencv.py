"""Keep OpenCV's own log off the terminal: our errors say what went wrong."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import cv2

# OpenCV 4 has the two functions at the top, OpenCV 5 in a module, and each has them in one place only.
_levels: Any = cv2 if hasattr(cv2, "setLogLevel") else cv2.utils.logging
_SILENT = 0
_lock = threading.Lock()
_depth = 0
_level_before = 0


@contextmanager
def quiet_opencv() -> Iterator[None]:
    """Silence OpenCV's log inside the block.

    The level belongs to the process, so blocks are counted: the first one in silences, the last one out
    restores, whichever threads they run in.
    """
    _enter()
    try:
        yield
    finally:
        _leave()


def _enter() -> None:
    global _depth, _level_before  # noqa: PLW0603 - mirrors a level that OpenCV itself keeps for the process
    with _lock:
        if _depth == 0:
            _level_before = _levels.getLogLevel()
            _levels.setLogLevel(_SILENT)
        _depth += 1


def _leave() -> None:
    global _depth  # noqa: PLW0603 - as above
    with _lock:
        _depth -= 1
        if _depth == 0:
            _levels.setLogLevel(_level_before)
