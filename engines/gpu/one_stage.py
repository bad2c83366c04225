"""One stage in a process of its own, so that a crash is a result: ``python -m engines.gpu.one_stage``."""

import logging
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from engines.errors import NoDeviceError
from engines.gpu.findings import Findings, Outcome, StageReport, StageWork
from engines.gpu.stages import STAGES, Stage
from focstream.errors import FocstreamError

_log = logging.getLogger(__name__)


def run_stage(stage: Stage, work: StageWork) -> StageReport:
    """Do the work; every error is a result."""
    start_s = time.perf_counter()
    findings, outcome, reason = _attempt(stage, work)
    return StageReport(
        stage=stage.name,
        outcome=outcome,
        reason=reason,
        seconds=time.perf_counter() - start_s,
        findings=findings,
    )


def _attempt(stage: Stage, work: StageWork) -> tuple[Findings, Outcome, str]:
    try:
        found = stage.load()(work)
    except NoDeviceError as error:
        return Findings(), "not run", str(error)
    except FocstreamError as error:
        return Findings(), "failed", str(error)
    except Exception as error:  # noqa: BLE001 - whatever a driver or a package raises belongs into the report
        _log.exception("%s", stage.name)
        said = " ".join(str(error).split())
        return Findings(), "failed", f"{type(error).__name__}: {said}"
    if found.not_run:
        return found, "not run", found.not_run
    return found, "failed" if found.failures else "passed", "; ".join(found.failures)


def main(argv: Sequence[str]) -> None:
    """Run the stage `argv[0]` with the work that `argv[1]` describes, and write the report to `argv[2]`."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    name, work, to = argv
    (stage,) = (each for each in STAGES if each.name == name)
    report = run_stage(stage, StageWork.model_validate_json(work))
    part = Path(to).with_suffix(".part")
    part.write_text(report.model_dump_json(), encoding="utf-8")
    part.replace(to)


if __name__ == "__main__":
    main(sys.argv[1:])
