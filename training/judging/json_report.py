"""Results written to a JSON file."""

from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from focstream.files.writing import write_whole
from focstream.types import InputError


def check_report_path(path: Path, *, option: str) -> None:
    """Raise InputError unless the folder of the file is there."""
    if not path.parent.is_dir():
        raise InputError(f"{option} {path}: the folder {path.parent} does not exist; make it first")


def save_report(path: Path, report: object) -> None:
    """Write a dataclass; what is not known (NaN) becomes null.

    Raises
    ------
    InputError
        When the file cannot be written.
    """
    adapter: TypeAdapter[Any] = TypeAdapter(type(report))
    write_whole(path, adapter.dump_json(report, indent=1) + b"\n")
