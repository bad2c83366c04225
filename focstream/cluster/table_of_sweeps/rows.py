"""The rows of the table of all sweeps, as lines of text and as Parquet."""

import dataclasses
import itertools
import json
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from focstream.cluster.work import RangeResult
from focstream.errors import InputError
from focstream.files.part_files import whole_file
from focstream.files.user_file import check_file

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS = 20_000
"""Of a row group: what is in memory at a time."""
_HEAD = b"focstream"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A sweep; or a range that failed before its first one.

    Attributes
    ----------
    recording
        Path or address of the recording or stack.
    number
        Of the sweep, from 0, of those that gave a map, as they come in the recording.
    sweep, slices, broken, digest, median_sigma, depth_share, unit, seconds
        As of `SweepResult`; None where there is none.
    node
        Computer that played it.
    error
        Why its range failed; empty where it did not. Then the sweep is played again with ``--resume``.
    """

    recording: str
    number: int
    sweep: int | None = None
    slices: int | None = None
    broken: bool | None = None
    digest: str | None = None
    median_sigma: float | None = None
    depth_share: float | None = None
    unit: str | None = None
    seconds: float | None = None
    node: str = ""
    error: str = ""

    def line(self) -> str:
        """Return it as a line of JSON."""
        values = {name: value for name, value in dataclasses.asdict(self).items() if value is not None}
        return json.dumps(values, allow_nan=False) + "\n"

    @classmethod
    def parse(cls, line: bytes) -> Self:
        """Read such a line.

        Raises
        ------
        ValueError, TypeError
            When it is none.
        """
        values = json.loads(line)
        if not isinstance(values, dict):
            raise ValueError("it is no row")  # noqa: TRY004 - as of what json raises
        row = cls(**values)
        if not isinstance(row.recording, str) or not isinstance(row.number, int) or row.number < 0:
            raise ValueError("it names no sweep")
        return row


def rows_of(result: RangeResult) -> list[Row]:
    """Return a row for every sweep of a range; one for a range that failed without any."""
    source, failed = result.work.source, result.error
    rows = [
        Row(
            recording=source,
            number=sweep.number,
            sweep=sweep.sweep_id,
            slices=sweep.slices_seen,
            broken=sweep.broken,
            digest=sweep.digest,
            median_sigma=None if math.isnan(sweep.median_sigma) else sweep.median_sigma,
            depth_share=sweep.depth_share,
            unit=sweep.unit,
            seconds=sweep.seconds,
            node=result.node,
            error=failed,
        )
        for sweep in result.sweeps
    ]
    if failed and not rows:
        rows.append(Row(recording=source, number=result.work.first_sweep, node=result.node, error=failed))
    return rows


def write_parquet(path: Path, rows: Iterable[Row], *, head: str) -> None:
    """Write or replace a Parquet file at once, a group of rows at a time.

    Raises
    ------
    OSError
        When it cannot be written.
    InputError
        When a row holds something else than its column.
    """
    import pyarrow as pa
    from pyarrow import parquet

    schema = _schema().with_metadata({_HEAD: head.encode()})
    left = iter(rows)
    with whole_file(path.resolve(), replace=True) as part, parquet.ParquetWriter(part, schema) as writer:
        while group := list(itertools.islice(left, _ROWS)):
            try:
                table = pa.Table.from_pylist([dataclasses.asdict(row) for row in group], schema)
            except pa.ArrowException as error:
                raise InputError(
                    f"{path}: a row makes no sense ({_first_line(error)}); play it anew"
                ) from error
            writer.write_table(table)


def read_parquet(path: Path, *, head: Callable[[str], None]) -> Iterator[Row]:
    """Yield the rows of a table, a group at a time.

    Parameters
    ----------
    path
        The file.
    head
        Called first with what was given as `head` when it was written; may raise.

    Raises
    ------
    InputError
        When it is no such table.
    """
    import pyarrow as pa
    from pyarrow import parquet

    check_file(path, what="--table")
    try:
        with parquet.ParquetFile(path) as file:
            head((file.schema_arrow.metadata or {}).get(_HEAD, b"").decode("utf-8", "replace"))
            for batch in file.iter_batches(_ROWS, columns=[field.name for field in _schema()]):
                yield from (Row(**values) for values in batch.to_pylist())
    except (pa.ArrowException, OSError, TypeError) as error:
        raise InputError(
            f"--table {path}: is no table of sweeps ({_first_line(error)}); give another"
        ) from error


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _schema() -> "pa.Schema":
    import pyarrow as pa

    kinds: dict[str, Any] = {
        "recording": pa.string(),
        "number": pa.int64(),
        "sweep": pa.int64(),
        "slices": pa.int32(),
        "broken": pa.bool_(),
        "digest": pa.string(),
        "median_sigma": pa.float64(),
        "depth_share": pa.float64(),
        "unit": pa.string(),
        "seconds": pa.float64(),
        "node": pa.string(),
        "error": pa.string(),
    }
    return pa.schema(list(kinds.items()))
