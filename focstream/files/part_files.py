"""Files and folders that appear whole or not at all, whatever ends the program, but for kill -9.

What is being made lies in a hidden folder beside its place, ``.NAME.….part``, which is locked as long as it
is in use. One that is not was left behind by a program that was killed; the next program that makes something
in the same place names it.
"""

import atexit
import contextlib
import logging
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

from focstream.program.descriptors import when_one_is_free
from focstream.program.signals import before_leaving

try:
    import fcntl
except ImportError:  # Windows: there what was left behind is not known from what is in use
    fcntl = None  # type: ignore[assignment]

_log = logging.getLogger(__name__)

_ENDING = ".part"
_TRIES = 3
_unfinished: set[Path] = set()
_looked_into: set[Path] = set()


@contextlib.contextmanager
def whole_file(target: Path, *, replace: bool = False) -> Iterator[Path]:
    """Yield where to write a file, of the same name; it gets to its place at the end of the block.

    Parameters
    ----------
    target
        The place.
    replace
        Replace a file that is there.

    Raises
    ------
    FileExistsError
        When there is one already and it is not to be replaced.
    OSError
        When it cannot be written.
    """
    with part_folder(target) as folder:
        part = folder / target.name
        yield part
        _see_to_disk(part)
        if not replace and target.exists():
            raise FileExistsError(None, "it exists and is not replaced", str(target))
        part.replace(target)


@contextlib.contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """Yield an empty folder to fill, which gets to its place at the end of the block.

    Raises
    ------
    OSError
        When there is something in its place already, or it cannot be made.
    """
    with part_folder(target) as folder:
        yield folder
        if target.exists():  # an empty folder would be replaced
            raise FileExistsError(None, "it exists and is not replaced", str(target))
        folder.rename(target)


@contextlib.contextmanager
def part_folder(target: Path) -> Iterator[Path]:
    """Yield a new hidden folder beside the place of something, which is removed at the end of the block.

    Raises
    ------
    OSError
        When it cannot be made.
    """
    _name_what_was_left(target.parent)
    folder = target.with_name(f".{target.name}.{uuid.uuid4().hex[:12]}{_ENDING}")
    _unfinished.add(folder)
    lock = None
    try:
        folder.mkdir()
        lock = _lock(folder)
        yield folder
    finally:
        _remove(folder)
        if lock is not None:
            os.close(lock)


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """Yield a new folder among the system's temporary ones, which is removed at the end of the block."""
    with part_folder(Path(tempfile.gettempdir(), "focstream")) as folder:
        yield folder


def _remove(path: Path) -> None:
    for _ in range(_TRIES):  # another thread may still be writing there
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                path.unlink()
        if not path.exists():
            break
    _unfinished.discard(path)


def _remove_all() -> None:
    for path in tuple(_unfinished):
        _remove(path)


before_leaving(_remove_all)
atexit.register(_remove_all)


def _see_to_disk(path: Path) -> None:
    with when_one_is_free(lambda: path.open("rb+")) as file:
        os.fsync(file.fileno())


def _lock(path: Path) -> int | None:
    """Lock a part while this process lives; None where another one holds it, or there are no such locks."""
    if fcntl is None:
        return None
    file = when_one_is_free(lambda: os.open(path, os.O_RDONLY))
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(file)
        return None
    return file


def _name_what_was_left(place: Path) -> None:
    """Say which parts in a folder nobody is working on; once, for a look takes longer the more is in it."""
    if place in _looked_into:
        return
    _looked_into.add(place)
    for path in when_one_is_free(lambda: sorted(place.glob(f".*{_ENDING}"))):
        with contextlib.suppress(OSError):  # removed meanwhile, or somebody else's
            lock = _lock(path)
            if lock is not None:
                os.close(lock)
                _log.warning(
                    "%s (%.1f MiB) is unfinished, left behind by a program that was killed: delete it",
                    *(path, _size(path) / 2**20),
                )


def _size(path: Path) -> int:
    files = [path] if path.is_file() else path.rglob("*")
    return sum(file.stat().st_size for file in files)
