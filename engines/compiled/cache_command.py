"""``python -m engines cache``: what engines compiled and kept."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engines.compiled.cache import LIMIT_BYTES, CompiledFolder, cache_folder, list_compiled, remove_oldest
from engines.errors import EngineError
from focstream.program.commands import say


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheSettings:
    """What to do with the cache.

    Attributes
    ----------
    empty
        Remove everything; it is compiled again when it is needed.
    """

    empty: bool = False


def show_cache(settings: CacheSettings) -> None:
    """Print what is in the cache, or empty it.

    Raises
    ------
    EngineError
        When something cannot be removed.
    """
    folder = cache_folder()
    if not settings.empty:
        say("\n".join(_lines(folder)))
        return
    removed_bytes = remove_oldest(folder, limit_bytes=0)
    left = [entry.folder for entry in list_compiled(folder)]
    if left:
        raise EngineError(f"{left[0]}: cannot be removed; check who owns it")
    say(f"{folder}: removed {_mb(removed_bytes)}")


def _lines(folder: Path) -> Iterator[str]:
    entries = sorted(list_compiled(folder), key=lambda entry: -entry.used_s)
    yield from (_line(entry) for entry in entries)
    total = _mb(sum(entry.size_bytes for entry in entries))
    yield f"{folder}: {total} of at most {_mb(LIMIT_BYTES)}; what was used last stays longest"


def _line(entry: CompiledFolder) -> str:
    used = dt.datetime.fromtimestamp(entry.used_s).astimezone().strftime("%Y-%m-%d %H:%M")
    batch, height_px, width_px = entry.key.shape
    images = f"{width_px}x{height_px}" + (f", {batch} at once" if batch > 1 else "")
    made = f"{entry.key.engine} {entry.key.version.partition('-')[0]} {entry.key.precision}"
    return f"{used}  {_mb(entry.size_bytes):>8}  {made}, {images}, {entry.key.device_name}"


def _mb(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:.0f} MB"
