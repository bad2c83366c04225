"""The table of all sweeps: a journal while it grows, a Parquet file in the end."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from focstream.cluster.table_of_sweeps.done_sweeps import DoneSweeps
from focstream.cluster.table_of_sweeps.rows import Row, read_table, rows_of, write_table
from focstream.cluster.work import RangeResult
from focstream.errors import InputError
from focstream.files.journal import Journal, journal_of
from focstream.files.writing import writing
from focstream.program.extras import need_extra

_log = logging.getLogger(__name__)


class SweepTable:
    """Takes what came of ranges, and loses none of it. A context manager.

    Every result is a few lines of the journal beside the table (``sweeps.parquet.jsonl``), written before the
    next result is looked at: a program that is killed leaves it there. `finish` makes the Parquet file of it.

    Parameters
    ----------
    path
        The Parquet file.
    options
        What the depth depends on, by name: a table holds that of one choice alone.
    resume
        Go on with the table, or the journal, that is there.

    Attributes
    ----------
    done
        The sweeps that it has.

    Raises
    ------
    InputError
        When pyarrow is missing; when there is a table and it is not to be gone on with, or it cannot be read
        or written, or is of other options.
    """

    def __init__(self, path: Path, *, options: dict[str, Any], resume: bool) -> None:
        need_extra("pyarrow", extra="cluster", what="--table")
        self.path = path
        self.done = DoneSweeps()
        self._head = json.dumps({"options": options}, sort_keys=True)
        for each in (path, journal_of(path)):
            if not resume and each.exists():
                raise InputError(
                    f"{each} exists and is not replaced: give another --table, or --resume to go on with it"
                )
        self._journal = Journal(journal_of(path), option="--table", goes_on="--resume goes on")
        try:
            if resume:
                self._take_in_what_is_there()
            if self._journal.is_empty:
                self._journal.write(f"{self._head}\n")
        except BaseException:
            self._journal.close()
            raise

    @property
    def journal(self) -> Path:
        """Where the rows are until the end."""
        return self._journal.path

    def add(self, result: RangeResult) -> None:
        """Note what came of a range.

        Raises
        ------
        InputError
            When it cannot be written; what was written before is there.
        """
        rows = [row for row in rows_of(result) if not self.done.has(row.recording, row.number)]
        self._journal.write("".join(row.line() for row in rows))

    def finish(self) -> None:
        """Make the Parquet file of all that is known, and remove the journal.

        Raises
        ------
        InputError
            When it cannot be written; the journal is there then.
        """
        with writing(self.path, remedy=f"{self._journal.remedy}; all of it is in {self.journal}"):
            write_table(self.path, self._all(), head=self._head)
            self.journal.unlink()
        self._journal.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._journal.is_closed:
            return
        if self._journal.size_bytes == len(self._head) + 1:  # it holds nothing; the head is ASCII
            self.journal.unlink()
        else:
            _log.warning(
                "what was done so far is in %s: the same command with --resume goes on", self.journal
            )
        self._journal.close()

    def _take_in_what_is_there(self) -> None:
        if self.path.exists():
            self._take_in(read_table(self.path, head=self._check_head))
        self._take_in(self._journaled())

    def _take_in(self, rows: Iterator[Row]) -> None:
        for row in rows:
            if not row.error:
                self.done.add(row.recording, row.number)

    def _check_head(self, head: str) -> None:
        """Refuse a table of other options."""
        theirs, ours = _options_in(head), _options_in(self._head)
        if theirs is None or ours is None:
            raise InputError(f"{self.path} is no table of sweeps: give another --table")
        for name in sorted(theirs | ours):
            if theirs.get(name) != ours.get(name):
                raise InputError(
                    f"{self.path} is of sweeps with {name} {theirs.get(name)!r}, this run has "
                    f"{ours.get(name)!r}: give another --table, or the same options"
                )

    def _journaled(self) -> Iterator[Row]:
        for number, line in enumerate(self._journal.lines(), start=1):
            try:
                if number == 1:
                    self._check_head(line.decode())
                else:
                    yield Row.parse(line)
            except (ValueError, TypeError) as error:
                raise InputError(
                    f"{self.journal}: line {number} makes no sense ({error}); delete it, and --resume"
                ) from error

    def _all(self) -> Iterator[Row]:
        """Yield what is known of every sweep; of a failure that was played again, what came of it then."""
        before, now, failed = DoneSweeps(), DoneSweeps(), dict[tuple[str, int], int]()
        for place, row in enumerate(self._journaled()):
            now.add(row.recording, row.number)
            if row.error:
                failed[row.recording, row.number] = place
            else:
                failed.pop((row.recording, row.number), None)
        if self.path.exists():
            for row in read_table(self.path, head=self._check_head):
                if not (row.error and now.has(row.recording, row.number)):
                    before.add(row.recording, row.number)
                    yield row
        for place, row in enumerate(self._journaled()):
            is_known = before.has(row.recording, row.number)
            if failed.get((row.recording, row.number)) == place or not (row.error or is_known):
                yield row


def _options_in(head: str) -> dict[str, Any] | None:
    try:
        options = json.loads(head)["options"]
    except (ValueError, LookupError, TypeError):
        return None
    return options if isinstance(options, dict) else None
