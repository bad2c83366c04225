"""What came of whole recordings and stacks: a line each, and a JSON file of all."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from focstream.cluster.sweep_results import SweepResult
from focstream.counted import counted
from focstream.files.writing import write_whole

_IN_REPORT = ("sweep_id", "slices_seen", "depth_share", "unit", "digest")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileResult:
    """What came of one recording; `error` is empty when all went well."""

    file: str
    sweeps: tuple[SweepResult, ...]
    seconds: float
    error: str = ""

    @property
    def slices(self) -> int:
        """Slices in the maps of all sweeps."""
        return sum(sweep.slices_seen for sweep in self.sweeps)


def write_report(path: Path, results: Sequence[FileResult], *, seconds: float) -> None:
    """Write all results, by file, as JSON.

    Raises
    ------
    InputError
        When it cannot be written.
    """
    report = _report_json(results, seconds=seconds).encode()
    write_whole(path, report, remedy="make room there, or give another --report")


def _report_json(results: Sequence[FileResult], *, seconds: float) -> str:
    files = [_file_json(result) for result in sorted(results, key=lambda result: result.file)]
    slices = sum(result.slices for result in results)
    total = {
        "files": len(results),
        "failed": sum(bool(result.error) for result in results),
        "slices": slices,
        "seconds": round(seconds, 3),
        "slices_per_s": round(slices / seconds, 3),
    }
    return json.dumps({"total": total, "files": files}, indent=2, allow_nan=False) + "\n"


def _file_json(result: FileResult) -> dict[str, object]:
    sweeps = [{name: getattr(sweep, name) for name in _IN_REPORT} for sweep in result.sweeps]
    return {"file": result.file, "sweeps": sweeps, "seconds": result.seconds, "error": result.error}


def describe(result: FileResult) -> str:
    """One line about a file."""
    if result.error:
        return f"{result.file}: failed: {result.error}"
    digests = " ".join(sweep.digest for sweep in result.sweeps[:3])
    more = " …" if len(result.sweeps) > 3 else ""
    return (
        f"{result.file}: {counted(len(result.sweeps), 'sweep')}, {counted(result.slices, 'slice')} "
        f"in {result.seconds:.1f} s, digests {digests}{more}"
    )
