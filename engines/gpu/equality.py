"""Whether every engine computes what torch computes in float32 on the processor, and does not drift."""

from typing import Any

from engines.base import NetworkMaps, Runner
from engines.errors import EngineError
from engines.gpu.findings import Findings, StageWork, Table
from engines.gpu.gpu_engines import none_can_run, open_engines
from engines.runners import REFERENCE, open_runner
from engines.trials.compare import maps_after
from engines.trials.comparison import Comparison, difference, failures, mean_error
from engines.trials.stacks import TrialStack, simulated_stack

_HEIGHT_PX, _WIDTH_PX = 128, 160
_STEPS = (1, 10, 100, 1000)
_STEPS_REHEARSED = (1, 10, 20)


def equality(work: StageWork) -> Findings:
    """Compare after one slice and after a thousand."""
    runners, reasons, inputs = open_engines(work)
    if not runners:
        return Findings(failures=(none_can_run(reasons),))
    steps = _STEPS_REHEARSED if work.rehearse else _STEPS
    stack = simulated_stack(0, height_px=_HEIGHT_PX, width_px=_WIDTH_PX)
    try:
        reference = open_runner(REFERENCE, inputs)
    except EngineError as error:
        return Findings(not_run=f"the reference cannot run: {error}")
    expected = maps_after(reference, stack, steps)
    compared = [_compare(name, runner, stack, expected) for name, runner in runners.items()]
    return Findings(
        lines=tuple(f"not compared: {name}: {reason}" for name, reason in reasons.items()),
        tables=(_table(compared, steps),),
        failures=tuple(line for comparison in compared for line in failures(comparison)),
    )


def _compare(
    name: str, runner: Runner[Any, Any], stack: TrialStack, expected: dict[int, NetworkMaps]
) -> Comparison:
    maps = maps_after(runner, stack, tuple(expected))
    last = max(expected)
    found = [each for step in expected for each in difference(maps[step], expected[step], step=step)]
    return Comparison(
        engine=name,
        differences=tuple(found),
        error=mean_error(maps[last], stack.truth),
        reference_error=mean_error(expected[last], stack.truth),
    )


def _table(compared: list[Comparison], steps: tuple[int, ...]) -> Table:
    rows = tuple(
        (c.engine, str(step), *(f"{value:.1e}" for value in c.worst("coordinate", step)))
        for c in compared
        for step in steps
    )
    title = f"Coordinate against {REFERENCE}, {_WIDTH_PX} × {_HEIGHT_PX}"
    return Table(title=title, head=("engine", "slices", "largest", "mean"), rows=rows)
