"""What `torch.save` wrote, read without running anything that is in it; needs torch."""

import pickle
import zipfile
from pathlib import Path
from typing import Any

import torch

from focstream.files.limits import CHECKPOINT_BYTES
from focstream.files.user_file import check_file
from focstream.types import InputError

_FAULTS = (
    pickle.UnpicklingError, RuntimeError, LookupError, ValueError, TypeError, AttributeError, EOFError,
    OSError, ArithmeticError, AssertionError, MemoryError, zipfile.BadZipFile,
)  # fmt: skip
"""What torch, pickle and zipfile raise for a damaged file."""


def read_torch_file(path: Path, *, what: str) -> dict[str, Any]:
    """Read a table: tensors, numbers, and tables of them; no other objects.

    Parameters
    ----------
    path
        The file.
    what
        What it should be, for messages, such as "checkpoint of a training run".

    Raises
    ------
    InputError
        When it cannot be read, holds no such table, or would unpack to more than it is long.
    """
    size = check_file(path, most_bytes=CHECKPOINT_BYTES, remedy=f"give a {what}")
    try:
        _check_unpacked(path, size)
        saved = torch.load(path, map_location="cpu", weights_only=True)
    except _FAULTS as error:
        raise InputError(f"{path}: is no {what} ({first_line(error)})") from None
    if not isinstance(saved, dict):
        raise InputError(f"{path}: is no {what}, but a {type(saved).__name__}")
    return saved


def first_line(error: Exception) -> str:
    """Return the first line of what a library says of a fault: torch adds a page."""
    return (str(error).splitlines() or [type(error).__name__])[0]


def _check_unpacked(path: Path, size: int) -> None:
    """Refuse packed parts: torch writes none, and a few bytes of them can become any number."""
    with zipfile.ZipFile(path) as parts:
        infos = parts.infolist()
    packed = any(info.compress_type != zipfile.ZIP_STORED for info in infos)
    if packed or sum(info.file_size for info in infos) > size:
        raise ValueError("its parts are packed, as torch packs none")
