"""The rows of the table of all sweeps, as lines of text and as Parquet."""

import dataclasses
import json
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from focstream.cluster.work import RangeResult
from focstream.files.parquet_file import read_parquet, write_parquet

if TYPE_CHECKING:
    import pyarrow as pa


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


def write_table(path: Path, rows: Iterable[Row], *, head: str) -> None:
    """Write or replace the table; errors as of `write_parquet`."""
    write_parquet(path, map(dataclasses.asdict, rows), schema=_schema(), head=head)


def read_table(path: Path, *, head: Callable[[str], None]) -> Iterator[Row]:
    """Yield the rows of a table; `head` and errors as of `read_parquet`."""
    rows = read_parquet(path, _schema(), option="--table", what="table of sweeps", head=head)
    return (Row(**row) for row in rows)


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
