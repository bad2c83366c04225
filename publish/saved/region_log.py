"""A CSV file about the regions of every finished sweep."""

import csv
import io
import os
from pathlib import Path
from typing import Self

from focstream.files.user_file import open_file
from focstream.files.writing import writing
from focstream.region import FIGURES
from focstream.types import DepthUpdate, InputError
from publish.region_numbers import region_rows
from publish.saved.region_table import SUFFIX, RegionTable

_OF_THE_MAP = ("time_utc", "stamp_ns", "sweep", "slices_seen", "complete", "region", "unit")
COLUMNS = (*_OF_THE_MAP, *FIGURES)
_HEAD = ",".join(COLUMNS) + "\n"


def open_region_log(path: Path) -> "RegionLog | RegionTable":
    """Open a log of the kind that its name says: Parquet with ``.parquet``, else CSV; errors as of both."""
    return RegionTable(path) if path.suffix.lower() == SUFFIX else RegionLog(path)


class RegionLog:
    """A sink that adds a line for each region of every final map; a number that there is none of stays empty.

    Lines are written at once, so that others can read along.

    Parameters
    ----------
    path
        Made when it is not there; lines are added to a file with the same columns.

    Raises
    ------
    InputError
        When it cannot be written, or is another file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        begin = _begin(path) if path.exists() else _HEAD
        with writing(path):
            self._file = path.open("ab", buffering=0)
        try:
            self._add(begin)
        except BaseException:
            self._file.close()
            raise

    def write(self, update: DepthUpdate) -> None:
        """Add the lines of `update` when it is final; others are ignored.

        Raises
        ------
        InputError
            When they cannot be written; no part of a line is left then.
        """
        if update.final and update.regions:
            self._add(_lines(update))

    def close(self) -> None:
        """Close the file. May be called twice."""
        self._file.close()

    def _add(self, text: str) -> None:
        """Add all of it, or nothing."""
        data = text.encode()
        with writing(self._path):
            before = self._file.seek(0, os.SEEK_END)
            try:
                while data:
                    data = data[self._file.write(data) :]
            except OSError:
                self._file.truncate(before)
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _begin(path: Path) -> str:
    """Return what a file that is there lacks before lines can be added."""
    with open_file(path, what="--log") as file:
        head = file.read(len(_HEAD))
        if head not in (b"", _HEAD.encode()):
            raise InputError(f"--log {path}: is another file, with other columns: give a new one")
        if not head:
            return _HEAD
        file.seek(-1, os.SEEK_END)
        return "" if file.read(1) == b"\n" else "\n"  # a line is torn where the program was killed


def _lines(update: DepthUpdate) -> str:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    for row in region_rows(update):
        table.writerow([*(int(v) if isinstance(v, bool) else v for v in row.values())])
    return text.getvalue()
