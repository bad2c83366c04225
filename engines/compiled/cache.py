"""Where compiled graphs lie between runs, and what each was made from."""

import contextlib
import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from focstream.errors import InputError
from focstream.files.limits import MIB
from focstream.files.user_file import read_file
from focstream.frozen_model import FrozenModel

_COMPILED = "compiled"
_DESCRIPTION = "compiled.json"
LIMIT_BYTES = 2_000_000_000
"""What is kept at most: about twenty sizes of images."""


class CompiledKey(FrozenModel):
    """All that a compiled graph depends on: where one of these differs, it is compiled again."""

    graphs_digest: str
    """SHA-256 of the graphs (`Graphs.digest`)."""
    engine: str
    """Such as "openvino"."""
    version: str
    """Version of the engine."""
    device: str
    """The processor, as the engine names it, and after a semicolon what it can do; code is for one kind."""
    precision: str
    """Such as "bf16"."""
    shape: tuple[int, int, int]
    """Batch, height and width in pixels."""
    pictures: str = ""
    """Format of images as cameras give them (`engines.pictures.PictureFormat`); empty = as exported."""

    ranges: str = ""
    """For int8, the digest of the table of activation ranges, and the bits of weights (`ranges_key`)."""

    @property
    def device_name(self) -> str:
        """The processor without what it can do."""
        return self.device.partition(";")[0]

    @property
    def folder_name(self) -> str:
        """Name that people can read, with a digest of the whole key."""
        batch, height_px, width_px = self.shape
        digest = hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]
        return f"{self.engine}-{self.precision}-{width_px}x{height_px}x{batch}-{digest}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledFolder:
    """What lies in the cache under one key."""

    key: CompiledKey
    folder: Path

    @property
    def size_bytes(self) -> int:
        """Size of all its files together."""
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())

    @property
    def used_s(self) -> float:
        """When it was last made or used, in seconds of the system's clock."""
        return (self.folder / _DESCRIPTION).stat().st_mtime


def cache_folder() -> Path:
    """Return the user's cache folder for focstream, as the system has it; it need not exist.

    ``XDG_CACHE_HOME`` counts on every system, so that there is one way to name another folder.
    """
    named = os.environ.get("XDG_CACHE_HOME", "")
    if Path(named).is_absolute():  # the standard says to pass over a relative one
        return Path(named) / "focstream"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "focstream"
    if sys.platform == "win32":
        return (
            Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "focstream" / "cache"
        )
    return Path.home() / ".cache" / "focstream"


def path_of(key: CompiledKey, *, cache: Path) -> Path:
    """Return the folder for a key, which need not exist."""
    return cache / _COMPILED / key.folder_name


def compiled_folder(key: CompiledKey, *, cache: Path) -> Path | None:
    """Make the folder for a key; None where the cache cannot be written: then nothing is kept."""
    folder = path_of(key, cache=cache)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _DESCRIPTION).write_text(key.model_dump_json(indent=1) + "\n", encoding="utf-8")
    except OSError:
        return None
    return folder


def mark_used(key: CompiledKey, *, cache: Path) -> None:
    """Note that what lies under a key is used now, so that it is kept longer than what is not."""
    with contextlib.suppress(OSError):
        os.utime(path_of(key, cache=cache) / _DESCRIPTION)


def remove_oldest(cache: Path, *, limit_bytes: int = LIMIT_BYTES, keep: Path | None = None) -> int:
    """Remove what was not used for the longest time, until no more than the limit is left.

    Parameters
    ----------
    cache
        The folder.
    limit_bytes
        What may stay.
    keep
        A folder of the cache that stays in any case.

    Returns
    -------
    int
        Bytes that were removed.
    """
    entries = sorted(_measured(cache), key=lambda entry: entry[0])
    left_bytes = total_bytes = sum(size_bytes for _, size_bytes, _ in entries)
    for _, size_bytes, folder in entries:
        if left_bytes <= limit_bytes:
            break
        if folder == keep:
            continue
        shutil.rmtree(folder, ignore_errors=True)
        left_bytes -= 0 if folder.exists() else size_bytes
    return total_bytes - left_bytes


def _measured(cache: Path) -> Iterator[tuple[float, int, Path]]:
    """Yield time of use, size and folder; another process may remove one at the same time."""
    for entry in list_compiled(cache):
        with contextlib.suppress(OSError):
            yield entry.used_s, entry.size_bytes, entry.folder


def list_compiled(cache: Path) -> Iterator[CompiledFolder]:
    """Yield what lies in the cache, by name; what cannot be read is not ours, and left out."""
    for description in sorted((cache / _COMPILED).glob(f"*/{_DESCRIPTION}")):
        try:
            key = CompiledKey.model_validate_json(read_file(description, most_bytes=MIB))
        except (InputError, ValidationError):
            continue
        yield CompiledFolder(key=key, folder=description.parent)
