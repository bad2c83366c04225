"""``python -m engines gpu``: what a user with a card types once to know that it works, and how fast."""

import datetime as dt
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from engines.errors import EngineError
from engines.gpu.child import run_in_child
from engines.gpu.findings import Report, StageReport, StageWork
from engines.gpu.report import read_report, write_report
from engines.gpu.stages import STAGES, Stage
from focstream.program.device import device
from focstream.types import InputError

_log = logging.getLogger(__name__)

_NO_TIME = "no time is left of the budget"


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuSettings:
    """What to prove, and how long it may take.

    Attributes
    ----------
    out
        Folder for report.json, report.md and the output of every stage; is made.
    budget_s
        Seconds for all stages together; what they leave undone is reported.
    only
        Names of stages, one or several; without, all. Earlier results of the others in the folder are kept.
    rehearse
        Run every stage on the processor, with doubles in place of a GPU: proves the command, not the GPU.
    """

    out: Path
    budget_s: Annotated[float, tyro.conf.arg(name="budget")] = 400.0
    only: tuple[str, ...] = ()
    rehearse: bool = False


def gpu(settings: GpuSettings) -> None:
    """Run the stages, each in a process of its own, and write the report after each.

    Raises
    ------
    InputError
        For a stage that there is not, or a folder that cannot be written.
    EngineError
        When a stage did not pass, or none could run; the report is written before.
    """
    chosen = _chosen(settings.only)
    report = _begin(settings)
    left_s = settings.budget_s
    for stage in chosen:
        done = _run(stage, settings, left_s)
        left_s -= done.seconds
        report = report.with_stage(done)
        write_report(settings.out, report)
        _log.info("%s: %s, %.1f s%s", stage.name, done.outcome, done.seconds, _because(done))
    _log.info("%s: the report", settings.out / "report.md")
    if not report.proven:
        raise EngineError(_unproven(report))


def _chosen(only: tuple[str, ...]) -> list[Stage]:
    names = [stage.name for stage in STAGES]
    for name in only:
        if name not in names:
            raise InputError(f"--only {name}: there is no such stage; there are {', '.join(names)}")
    return [stage for stage in STAGES if not only or stage.name in only]


def _begin(settings: GpuSettings) -> Report:
    if not settings.budget_s > 0:
        raise InputError(f"--budget {settings.budget_s:g}: give seconds, more than 0")
    try:
        settings.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{settings.out}: cannot be made ({error.strerror}); name another folder") from None
    report = Report(
        started=dt.datetime.now().astimezone().isoformat(timespec="seconds"),
        machine=device(),
        rehearsal=settings.rehearse,
    )
    earlier = read_report(settings.out) if settings.only else None
    if earlier is None or earlier.rehearsal != settings.rehearse:
        return report
    return report.model_copy(update={"stages": earlier.stages})


def _run(stage: Stage, settings: GpuSettings, left_s: float) -> StageReport:
    if left_s <= 0:
        return StageReport(stage=stage.name, outcome="out of time", reason=_NO_TIME, seconds=0.0)
    reserved_s = min(stage.limit_s, left_s)
    work = StageWork(rehearse=settings.rehearse, out=settings.out.resolve(), reserved_s=reserved_s)
    return run_in_child(stage, work)


def _because(done: StageReport) -> str:
    return f" ({done.reason})" if done.reason else ""


def _unproven(report: Report) -> str:
    wrong = [s for s in report.stages if s.outcome not in ("passed", "not run")]
    if wrong:
        return "; ".join(f"{stage.stage}: {stage.outcome} ({stage.reason})" for stage in wrong)
    return "nothing could be tried: " + "; ".join(sorted({stage.reason for stage in report.stages}))
