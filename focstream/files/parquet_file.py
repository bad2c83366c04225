"""Parquet files of rows, written and read a group at a time."""

import itertools
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from focstream.errors import InputError
from focstream.files.part_files import whole_file
from focstream.files.user_file import check_file

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS = 20_000
"""Of a row group: what is in memory at a time."""
_HEAD = b"focstream"


def write_parquet(path: Path, rows: Iterable[dict[str, Any]], *, schema: "pa.Schema", head: str) -> None:
    """Write or replace a file at once.

    Parameters
    ----------
    path
        The file.
    rows
        By the names of the columns.
    schema
        Names and types of the columns.
    head
        What `read_parquet` is to give back.

    Raises
    ------
    OSError
        When it cannot be written.
    InputError
        When a row holds something else than its column.
    """
    import pyarrow as pa
    from pyarrow import parquet

    with_head = schema.with_metadata({_HEAD: head.encode()})
    left = iter(rows)
    with whole_file(path.resolve(), replace=True) as part, parquet.ParquetWriter(part, with_head) as writer:
        while group := list(itertools.islice(left, _ROWS)):
            try:
                table = pa.Table.from_pylist(group, with_head)
            except pa.ArrowException as error:
                raise InputError(
                    f"{path}: a row makes no sense ({_first_line(error)}); play it anew"
                ) from error
            writer.write_table(table)


def read_parquet(
    path: Path,
    schema: "pa.Schema",
    *,
    option: str,
    what: str,
    head: Callable[[str], None],
) -> Iterator[dict[str, Any]]:
    """Yield the rows of a file.

    Parameters
    ----------
    path
        The file.
    schema
        Its columns.
    option
        By which it was named, for messages.
    what
        It should be, for messages.
    head
        Called first with what was given as `head` when it was written; may raise.

    Raises
    ------
    InputError
        When it is no such file.
    """
    import pyarrow as pa
    from pyarrow import parquet

    check_file(path, what=option)
    try:
        with parquet.ParquetFile(path) as file:
            head((file.schema_arrow.metadata or {}).get(_HEAD, b"").decode("utf-8", "replace"))
            for batch in file.iter_batches(_ROWS, columns=schema.names):
                yield from batch.select(schema.names).to_pylist()
    except (pa.ArrowException, OSError, TypeError, KeyError) as error:
        raise InputError(f"{option} {path}: is no {what} ({_first_line(error)}); give another") from error


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
