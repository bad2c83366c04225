"""A Parquet file about the regions of every finished sweep."""

import itertools
import json
import logging
import uuid
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from focstream.files.journal import Journal, journal_of
from focstream.files.parquet_file import read_parquet, write_parquet
from focstream.files.writing import writing
from focstream.program.extras import need_extra
from focstream.region import FIGURES
from focstream.types import DepthUpdate, InputError
from publish.region_numbers import region_rows

if TYPE_CHECKING:
    import pyarrow as pa

_log = logging.getLogger(__name__)

SUFFIX = ".parquet"


class RegionTable:
    """A sink that notes a row for each region of every final map, below the rows that are there.

    While it runs, rows are lines of JSON beside the file (``depth.parquet.jsonl``), written at once; they
    become the file when it is closed. Lines that a program left that was killed become part of it, too.

    Parameters
    ----------
    path
        The Parquet file.

    Raises
    ------
    InputError
        When pyarrow is missing, the file is another one, in use, or cannot be written.
    """

    def __init__(self, path: Path) -> None:
        need_extra("pyarrow", extra="cluster", what=f"--log {path.name}")
        self._path = path
        self._taken_in = ""  # which journal the file has the rows of
        self._journal = Journal(journal_of(path), option="--log", goes_on="the same command goes on")
        try:
            for _ in self._rows():  # whether all of it can be read is known now, and not in the end
                pass
            if self._journal.is_empty or self._id == self._taken_in:
                self._begin_journal()
            elif next(self._journaled(), None) is not None:
                _log.info("--log: goes on with %s, which a run that was killed has left", self._journal.path)
        except BaseException:
            self._journal.close()
            raise

    def write(self, update: DepthUpdate) -> None:
        """Note the regions of `update` when it is final; others are ignored.

        Raises
        ------
        InputError
            When they cannot be written; no part of a line is left then.
        """
        if update.final and update.regions:
            self._journal.write("".join(map(_line, region_rows(update))))

    def close(self) -> None:
        """Make the file of all that is known. May be called twice.

        Raises
        ------
        InputError
            When it cannot be written; the lines beside it are there then.
        """
        if self._journal.is_closed:
            return
        try:
            if next(self._journaled(), None) is not None:
                with writing(
                    self._path, remedy=f"{self._journal.remedy}; all of it is in {self._journal.path}"
                ):
                    write_parquet(self._path, self._rows(), schema=_schema(), head=_line({"log": self._id}))
            self._journal.path.unlink()
        finally:
            self._journal.close()

    def _begin_journal(self) -> None:
        self._journal.clear()
        self._journal.write(_line({"log": uuid.uuid4().hex}))

    @property
    def _id(self) -> str:
        """Of the journal."""
        first = next(self._journal.lines(), b"")
        try:
            return str(json.loads(first)["log"]) if first else ""
        except (ValueError, LookupError, TypeError):
            raise self._no_sense(1, "it is no head") from None

    def _rows(self) -> Iterator[dict[str, Any]]:
        if self._path.exists():
            yield from read_parquet(
                self._path, _schema(), option="--log", what="log of regions", head=self._note_taken_in
            )
        if not self._journal.is_empty and self._id != self._taken_in:
            yield from self._journaled()

    def _note_taken_in(self, head: str) -> None:
        try:
            self._taken_in = str(json.loads(head)["log"])
        except (ValueError, LookupError, TypeError):
            raise InputError(
                f"--log {self._path}: is another file, with other columns: give a new one"
            ) from None

    def _journaled(self) -> Iterator[dict[str, Any]]:
        for number, line in enumerate(itertools.islice(self._journal.lines(), 1, None), start=2):
            try:
                yield _row(line)
            except (ValueError, TypeError, AttributeError) as error:
                raise self._no_sense(number, error) from error

    def _no_sense(self, number: int, why: object) -> InputError:
        return InputError(
            f"{self._journal.path}: line {number} makes no sense ({why}); delete it, or give another --log"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _row(line: bytes) -> dict[str, Any]:
    row: dict[str, Any] = json.loads(line)
    if row.keys() != set(_schema().names):
        raise ValueError("it has other columns")
    return {**row, "time_utc": datetime.fromisoformat(row["time_utc"])}


def _line(values: dict[str, Any]) -> str:
    return json.dumps(values, allow_nan=False) + "\n"


def _schema() -> "pa.Schema":
    import pyarrow as pa

    of_the_map: dict[str, Any] = {
        "time_utc": pa.timestamp("ms", "UTC"),
        "stamp_ns": pa.int64(),
        "sweep": pa.int64(),
        "slices_seen": pa.int32(),
        "complete": pa.bool_(),
        "region": pa.string(),
        "unit": pa.string(),
    }
    return pa.schema([*of_the_map.items(), *((name, pa.float64()) for name in FIGURES)])
