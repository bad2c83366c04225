"""The report as two files: report.json for programs, report.md for people."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from engines.gpu.findings import Report, StageReport, Table
from engines.gpu.stages import STAGES
from focstream.files.text_file import read_text
from focstream.types import InputError

_JSON, _MARKDOWN = "report.json", "report.md"


def write_report(folder: Path, report: Report) -> None:
    """Write both files anew, each at once.

    Raises
    ------
    InputError
        When they cannot be written.
    """
    for name, text in ((_JSON, report.model_dump_json(indent=1) + "\n"), (_MARKDOWN, as_markdown(report))):
        part = folder / f".{name}.part"
        try:
            part.write_text(text, encoding="utf-8")
            part.replace(folder / name)
        except OSError as error:
            raise InputError(f"{folder / name}: cannot be written ({error.strerror})") from None


def read_report(folder: Path) -> Report | None:
    """Return the report in a folder; None where there is none that can be read."""
    try:
        return Report.model_validate_json(read_text(folder / _JSON))
    except (InputError, ValidationError):
        return None


def as_markdown(report: Report) -> str:
    """Return the report for people."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield "# focstream on this GPU" if not report.rehearsal else "# Rehearsal without a GPU"
    yield ""
    yield f"{report.started}, {report.machine}."
    if report.rehearsal:
        yield "The stages ran on the processor, and on doubles: no figure here is one of a GPU."
    yield ""
    yield from _table(("stage", "what", "outcome", "s", "reason"), [_row(stage) for stage in report.stages])
    for stage in report.stages:
        if stage.findings.lines or stage.findings.tables:
            yield from _section(stage)


def _row(stage: StageReport) -> tuple[str, ...]:
    about = {each.name: each.about for each in STAGES}
    return stage.stage, about.get(stage.stage, ""), stage.outcome, f"{stage.seconds:.1f}", stage.reason


def _section(stage: StageReport) -> Iterator[str]:
    yield from ("", f"## {stage.stage}", "")
    yield from (f"- {line}" for line in stage.findings.lines)
    for table in stage.findings.tables:
        yield from _titled(table)


def _titled(table: Table) -> Iterator[str]:
    yield from ("", f"{table.title}:", "")
    yield from _table(table.head, table.rows)


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]] | tuple[tuple[str, ...], ...]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '/') for cell in row)} |"
