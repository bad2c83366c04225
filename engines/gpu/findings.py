"""What a stage is given, and what it finds; both cross the border of a process as JSON."""

from pathlib import Path
from typing import Literal

from focstream.frozen_model import FrozenModel

Outcome = Literal["passed", "failed", "not run", "crashed", "out of time"]


class StageWork(FrozenModel):
    """What a stage needs to know."""

    rehearse: bool = False
    """Use the processor and doubles in place of a GPU."""
    out: Path
    """Folder that the stage may write to."""
    reserved_s: float
    """Seconds that the stage has; it is ended when they are over."""


class Table(FrozenModel):
    """A table of the report."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Findings(FrozenModel):
    """What a stage found."""

    lines: tuple[str, ...] = ()
    """For people, each a sentence."""
    tables: tuple[Table, ...] = ()
    failures: tuple[str, ...] = ()
    """What is not as it must be; empty when all is."""
    not_run: str = ""
    """Why nothing was tried; empty when something was."""


class StageReport(FrozenModel):
    """A stage and how it ended."""

    stage: str
    outcome: Outcome
    reason: str = ""
    """One line, unless it passed."""
    seconds: float
    findings: Findings = Findings()


class Report(FrozenModel):
    """All stages so far."""

    started: str
    """Date and time, ISO 8601 with offset."""
    machine: str
    rehearsal: bool
    """True when the stages ran on the processor and on doubles."""
    stages: tuple[StageReport, ...] = ()

    def with_stage(self, stage: StageReport) -> "Report":
        """Return the report with one stage more, in place of an earlier one of the same name."""
        others = tuple(each for each in self.stages if each.stage != stage.stage)
        return self.model_copy(update={"stages": (*others, stage)})

    @property
    def proven(self) -> bool:
        """Whether at least one stage passed, and none ended otherwise but for want of something."""
        outcomes = {stage.outcome for stage in self.stages}
        return "passed" in outcomes and outcomes <= {"passed", "not run"}
