"""The one way to open a file that a user hands over: a regular file of at most so many bytes.

Opening a pipe waits until somebody writes to it, a device may never end, and a file with holes costs its
writer nothing: so what it is and how long it is are checked before a byte is read.
"""

import os
import stat
from io import BufferedReader
from pathlib import Path
from typing import IO

from focstream.errors import FocstreamError, InputError
from focstream.files.limits import GIB, KIB, MIB
from focstream.files.store_file import open_in_store
from focstream.files.store_path import StorePath

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)


def open_file(
    path: Path,
    *,
    most_bytes: int | None = None,
    what: str = "",
    remedy: str = "check the file and its permissions",
    error: type[FocstreamError] = InputError,
) -> BufferedReader:
    """Open a regular file for reading; never waits for a pipe.

    Parameters
    ----------
    path
        The file.
    most_bytes
        Refuse longer ones; None for files that are read piece by piece.
    what
        What messages call it before its path, such as ``"--config"``.
    remedy
        What the user can do when it cannot be read.
    error
        What to raise.

    Raises
    ------
    FocstreamError
        When it is not there, cannot be read, is no regular file, or too long.
    """
    name = f"{what} {path}" if what else str(path)
    try:
        _check(path.stat(), name, most_bytes, error)  # first: opening alone may start a device
        if isinstance(path, StorePath):
            return open_in_store(path)
        file = os.open(path, _READ)
    except (OSError, ValueError) as cause:  # ValueError: the path holds a NUL
        raise error(f"{_shown(name)}: cannot be read ({reason_of(cause)}); {remedy}") from None
    try:
        _check(os.fstat(file), name, most_bytes, error)
        return os.fdopen(file, "rb")
    except BaseException:
        os.close(file)
        raise


def read_file(
    path: Path,
    *,
    most_bytes: int,
    what: str = "",
    remedy: str = "check the file and its permissions",
    error: type[FocstreamError] = InputError,
) -> bytes:
    """Read a regular file of at most `most_bytes` whole; parameters and errors are those of `open_file`."""
    with open_file(path, most_bytes=most_bytes, what=what, remedy=remedy, error=error) as file:
        try:
            data = file.read(most_bytes + 1)  # it may have grown
        except OSError as cause:
            name = f"{what} {path}" if what else str(path)
            raise error(f"{name}: cannot be read ({reason_of(cause)}); {remedy}") from None
    if len(data) > most_bytes:
        raise error(f"{path}: has more than {size_text(most_bytes)}, and grows; give one that is finished")
    return data


def check_file(
    path: Path,
    *,
    most_bytes: int | None = None,
    what: str = "",
    remedy: str = "check the file and its permissions",
    error: type[FocstreamError] = InputError,
) -> int:
    """Check a file that another library opens; returns its bytes. Parameters and errors as of `open_file`."""
    with open_file(path, most_bytes=most_bytes, what=what, remedy=remedy, error=error) as file:
        return length_of(file)


def length_of(file: IO[bytes]) -> int:
    """Return the bytes of an open file, which may be one in a store; it goes on where it was."""
    at = file.tell()
    end = file.seek(0, os.SEEK_END)
    file.seek(at)
    return end


def reason_of(error: Exception) -> str:
    """Say why a file could not be used; errors of the system have it apart, those of NumPy do not."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__


def size_text(count: int) -> str:
    """Put a number of bytes into words."""
    for unit, name in ((GIB, "GiB"), (MIB, "MiB"), (KIB, "KiB")):
        if count >= unit:
            return f"{count / unit:.4g} {name}"
    return f"{count} bytes"


def _check(found: os.stat_result, name: str, most_bytes: int | None, error: type[FocstreamError]) -> None:
    if not stat.S_ISREG(found.st_mode):
        kind = next((text for is_kind, text in _KINDS if is_kind(found.st_mode)), "no file")
        raise error(f"{name}: is {kind}; give a regular file")
    if most_bytes is not None and found.st_size > most_bytes:
        raise error(
            f"{name}: has {size_text(found.st_size)}, and such a file at most {size_text(most_bytes)}; "
            "is it the right one?"
        )


def _shown(name: str) -> str:
    """Return a name without what would end the line or hide the rest of it."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in name)
