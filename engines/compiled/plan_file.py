"""What engines compiled, on disk: each file says what it was made from; if that differs, it is made anew.

A plan that is damaged, or of another version or GPU, can crash the process that loads it: nothing is handed
to TensorRT before its header and digest were looked at.
"""

import contextlib
import hashlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from engines.compiled.cache import (
    LIMIT_BYTES,
    CompiledKey,
    cache_folder,
    compiled_folder,
    mark_used,
    path_of,
    remove_oldest,
)
from engines.compiled.turns import alone
from engines.errors import EngineError
from focstream.files.limits import WEIGHTS_BYTES
from focstream.files.part_files import whole_file
from focstream.files.user_file import read_file
from focstream.frozen_model import FrozenModel

_log = logging.getLogger(__name__)

Loaded = TypeVar("Loaded")

FORMAT = "focstream-plan/1"
"""Counts up when other plans are built from the same graphs."""
_LENGTH_BYTES = 4
_ANY_PLAN = "*.plan"
_LIMIT_GB = LIMIT_BYTES / 1e9
_LONGEST_HEADER = 65536


class PlanHeader(FrozenModel):
    """What a plan is."""

    format: str
    """`FORMAT`."""
    part: str
    """The part of the network, or what is at its borders."""
    key: CompiledKey
    """What it was made from, and for."""
    plan_sha256: str
    """SHA-256 of all that follows the header."""


def load_or_build(
    key: CompiledKey,
    part: str,
    load: Callable[[bytes, str], Loaded],
    build: Callable[[], tuple[Loaded, bytes]],
    *,
    cache: Path,
    parts: int = 0,
) -> tuple[Loaded, Path | None]:
    """Load the plan from the cache, or build it and keep it there.

    Parameters
    ----------
    key, part
        What the plan is made from and for.
    load
        Takes a plan and its name for messages. Where it raises EngineError, the plan is built again.
    build
        Returns what is loaded, and its plan.
    cache
        Folder that keeps plans; what was not used for long goes when it holds too much.
    parts
        Parts that are built for a size of images, for the log; 0 = not known.

    Returns
    -------
    tuple
        What is loaded, and the file of its plan; None if it is not kept.
    """
    path = plan_path(key, part, cache=cache)
    found = _loaded(key, part, load, cache=cache)
    if found is not None:
        return found[0], path
    was_there = path.exists()
    with alone(path.parent, what=part) as had_to_wait:
        found = _loaded(key, part, load, cache=cache) if had_to_wait or not was_there else None
        if found is not None:
            return found[0], path
        return _built(key, part, build, cache=cache, parts=parts)


def _loaded(
    key: CompiledKey, part: str, load: Callable[[bytes, str], Loaded], *, cache: Path
) -> tuple[Loaded] | None:
    """Load a plan; None where there is none that can be used."""
    path = plan_path(key, part, cache=cache)
    try:
        loaded = load(read_plan(path, key, part), str(path))
    except FileNotFoundError:
        return None
    except EngineError as error:
        _log.warning("%s; it is built again", error)
        return None
    mark_used(key, cache=cache)
    return (loaded,)


def _built(
    key: CompiledKey, part: str, build: Callable[[], tuple[Loaded, bytes]], *, cache: Path, parts: int
) -> tuple[Loaded, Path | None]:
    path = plan_path(key, part, cache=cache)
    which = f" ({1 + len(list(path.parent.glob(_ANY_PLAN)))} of {parts})" if parts else ""
    kept_in = f"; once, kept in {cache}" if cache == cache_folder() else ""  # another one is for a trial
    _log.info("building %s%s for %s, %s%s", part, which, key.device_name, key.precision, kept_in)
    with _said_to_go_on(part):
        loaded, plan = build()
    kept = _keep(plan, key, part, cache=cache)
    if kept and remove_oldest(cache, keep=kept.parent):
        _log.info("%s: removed what was not used for the longest time; it holds %.0f GB", cache, _LIMIT_GB)
    return loaded, kept


@contextlib.contextmanager
def _said_to_go_on(part: str, *, every_s: float = 15.0) -> Iterator[None]:
    """Log from time to time that a build goes on; some take minutes."""
    done = threading.Event()
    started_s = time.perf_counter()

    def say() -> None:
        while not done.wait(every_s):
            _log.info("still building %s, %.0f s so far", part, time.perf_counter() - started_s)

    thread = threading.Thread(target=say, name="building", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def plan_path(key: CompiledKey, part: str, *, cache: Path) -> Path:
    """Return where a plan lies in a cache."""
    return path_of(key, cache=cache) / f"{part}.plan"


def write_plan(path: Path, plan: bytes, key: CompiledKey, part: str) -> None:
    """Write header and plan: four bytes of length (little endian), the header as JSON, the plan."""
    header = PlanHeader(format=FORMAT, part=str(part), key=key, plan_sha256=hashlib.sha256(plan).hexdigest())
    told = header.model_dump_json().encode()
    with whole_file(path, replace=True) as making:  # never half a plan, though two processes build at once
        making.write_bytes(len(told).to_bytes(_LENGTH_BYTES, "little") + told + plan)


def read_plan(path: Path, key: CompiledKey, part: str) -> bytes:
    """Read a plan of this key.

    Raises
    ------
    FileNotFoundError
        When there is none.
    EngineError
        When it is damaged, or was made from or for something else.
    """
    if not path.exists():
        raise FileNotFoundError(path)
    content = read_file(path, most_bytes=WEIGHTS_BYTES, error=EngineError)
    length = int.from_bytes(content[:_LENGTH_BYTES], "little")
    told, plan = content[_LENGTH_BYTES : _LENGTH_BYTES + length], content[_LENGTH_BYTES + length :]
    header = _header(told) if length <= _LONGEST_HEADER else None
    if header is None or hashlib.sha256(plan).hexdigest() != header.plan_sha256:
        raise EngineError(f"{path}: is damaged")
    other = _difference(header, key, part)
    if other:
        raise EngineError(f"{path}: was made with another {other}")
    return plan


def _header(told: bytes) -> PlanHeader | None:
    try:
        return PlanHeader.model_validate_json(told)
    except ValidationError:
        return None


def _difference(header: PlanHeader, key: CompiledKey, part: str) -> str | None:
    """Name what differs first."""
    if header.format != FORMAT:
        return "format"
    if header.part != part:
        return "part of the network"
    wanted = key.model_dump()
    return next((name for name, found in header.key.model_dump().items() if found != wanted[name]), None)


def _keep(plan: bytes, key: CompiledKey, part: str, *, cache: Path) -> Path | None:
    path = plan_path(key, part, cache=cache)
    if compiled_folder(key, cache=cache) is None:
        _log.warning("%s: cannot be written; the plan is not kept", path.parent)
        return None
    try:
        write_plan(path, plan, key, part)
    except OSError as error:
        _log.warning("%s: cannot be written (%s); the plan is not kept", path, error.strerror)
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
        return None
    return path
