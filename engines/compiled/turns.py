"""Processes of one computer that would compile the same thing at the same time do it one after the other."""

import contextlib
import logging
import os
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: there each compiles for itself
    fcntl = None  # type: ignore[assignment]

_log = logging.getLogger(__name__)


@contextlib.contextmanager
def alone(folder: Path, *, what: str) -> Iterator[bool]:
    """Keep other processes from entering this for the same folder; yields whether one had to be waited for.

    Where it cannot be made, or its disk knows no locks, nothing is waited for.

    Parameters
    ----------
    folder
        Where something is to be made; it is locked itself.
    what
        What messages call what is made.
    """
    with contextlib.ExitStack() as stack:
        yield _locked(folder, what, stack)


def _locked(folder: Path, what: str, stack: contextlib.ExitStack) -> bool:
    if fcntl is None:
        return False
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = os.open(folder, os.O_RDONLY)
        stack.callback(os.close, file)  # which ends the lock, as does the end of the process
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _log.info("waiting for another process that builds %s", what)
            fcntl.flock(file, fcntl.LOCK_EX)
            return True
    except OSError as error:
        _log.debug("%s: no lock (%s)", folder, error.strerror)
    return False
