"""How many files and connections this process may have open, and how many of them strangers get."""

import errno
import logging
import os
import time
from collections.abc import Callable
from typing import TypeVar

from focstream.types import InputError

try:
    import resource
except ImportError:  # Windows knows no such limit
    resource = None  # type: ignore[assignment]

_log = logging.getLogger(__name__)

RESERVED = 64
"""Descriptors that no connection gets: about 20 for the program's own threads and sockets, the rest for
devices, the recording and what is saved."""
_LEAST = 32  # ZeroMQ ends the whole program where it finds none for its own
_PASSING_PER_PORT = 16  # connections that are on their way in while others are being refused
_ENOUGH = 65_536  # some libraries walk through all that may be open
_PATIENCE_S = 10.0
_PAUSE_S = 0.02

Opened = TypeVar("Opened")


def connections_each(ports: int, *, wanted: int) -> int:
    """Return how many connections each of `ports` may take, at most `wanted`; at least one.

    The limit of open files is raised as far as the system allows. What must stay free for recording and
    saving is left out; when that leaves less than `wanted`, one line says so.

    Raises
    ------
    InputError
        When not even the program itself has enough.
    """
    if ports == 0 or resource is None:
        return wanted
    limit = _raised_limit()
    in_use = _in_use()
    free = limit - in_use - RESERVED
    advised = in_use + RESERVED + ports * (wanted + _PASSING_PER_PORT)
    if limit - in_use < _LEAST:
        raise InputError(f"this process may have only {limit} files open; allow more: ulimit -n {advised}")
    each = min(wanted, free // ports - _PASSING_PER_PORT)
    if each >= wanted:
        return wanted
    reserved = min(RESERVED, RESERVED + free)
    _log.warning(
        "this process may have only %d files open: %d of the %d that recording and saving may need are "
        "reserved, and each of %d ports takes at most %d connections; allow more: ulimit -n %d",
        *(limit, reserved, RESERVED, ports, max(each, 1), advised),
    )
    return max(each, 1)


def when_one_is_free(open_: Callable[[], Opened]) -> Opened:
    """Call `open_`, and again for up to ten seconds while no descriptor is free.

    A burst of connections takes every descriptor for a moment, until those above the bound are closed.

    Raises
    ------
    OSError
        When it fails otherwise, or none becomes free.
    """
    give_up_s = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return open_()
        except OSError as error:
            if error.errno not in (errno.EMFILE, errno.ENFILE) or time.monotonic() > give_up_s:
                raise
        time.sleep(_PAUSE_S)


def _raised_limit() -> int:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return _ENOUGH
    wanted = _ENOUGH if hard == resource.RLIM_INFINITY else min(hard, _ENOUGH)
    if wanted <= soft:
        return soft
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError):  # macOS has a further limit for each process
        return soft
    return wanted


def _in_use() -> int:
    try:
        return len(os.listdir("/dev/fd"))  # noqa: PTH208 - names, no paths
    except OSError:
        return 3
