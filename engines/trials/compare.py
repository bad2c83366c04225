"""Whether every engine computes what torch computes, over many slices."""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from engines.base import NetworkMaps, Runner
from engines.errors import EngineError
from engines.image_size import parse_size
from engines.runners import REFERENCE, matching, open_runner, open_usable
from engines.trials.comparison import Comparison, Difference, difference, failures, mean_error, table
from engines.trials.rendered import rendered_stacks
from engines.trials.settings import TrialSettings
from engines.trials.stacks import TrialStack, simulated_stack
from focstream.program.numbers import Count, SliceCount


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareSettings(TrialSettings):
    """What to compare, and on what.

    Attributes
    ----------
    stacks
        Folder of rendered stacks (python -m training render); without, simulated ones.
    count
        Stacks to compare on.
    size
        WIDTHxHEIGHT of simulated images in pixels.
    slices
        Numbers of slices after which the maps are compared; the sweep is gone through again and again,
        never reset.
    """

    stacks: Path | None = None
    count: Count = 2
    size: str = "160x128"
    slices: tuple[SliceCount, ...] = (1, 10, 100)


def compare(settings: CompareSettings) -> None:
    """Print the table.

    Raises
    ------
    EngineError
        When an engine is past its tolerance, after the table; or when one that was named cannot run.
    """
    inputs = matching(
        settings.graphs, settings.weights, threads=settings.threads, device=settings.device or 0
    )
    reference = open_runner(REFERENCE, inputs)
    others = tuple(name for name in settings.engines if name != REFERENCE)
    runners, reasons = open_usable(others, inputs)
    runners.pop(REFERENCE, None)
    comparisons = _compare_all(reference, runners, _stacks(settings), settings.slices)
    sys.stdout.write(table(comparisons, reasons))
    wrong = [line for comparison in comparisons for line in failures(comparison)]
    if wrong:
        raise EngineError(f"engines past their tolerance: {'; '.join(wrong)}")


def _stacks(settings: CompareSettings) -> list[TrialStack]:
    if settings.stacks is not None:
        return list(islice(rendered_stacks(settings.stacks), settings.count))
    height_px, width_px = parse_size(settings.size)
    return [simulated_stack(seed, height_px=height_px, width_px=width_px) for seed in range(settings.count)]


def _compare_all(
    reference: Runner[Any, Any],
    runners: Mapping[str, Runner[Any, Any]],
    stacks: Iterable[TrialStack],
    steps: tuple[int, ...],
) -> list[Comparison]:
    found: dict[str, list[Difference]] = {name: [] for name in runners}
    errors: dict[str, list[float]] = {name: [] for name in runners}
    true_errors = []
    for stack in stacks:
        expected = maps_after(reference, stack, steps)
        true_errors.append(mean_error(expected[max(steps)], stack.truth))
        for name, runner in runners.items():
            maps = maps_after(runner, stack, steps)
            errors[name].append(mean_error(maps[max(steps)], stack.truth))
            for step in steps:
                found[name] += difference(maps[step], expected[step], step=step)
    return [
        Comparison(
            engine=name,
            differences=tuple(found[name]),
            error=float(np.mean(errors[name])),
            reference_error=float(np.mean(true_errors)),
        )
        for name in runners
    ]


def maps_after(runner: Runner[Any, Any], stack: TrialStack, steps: tuple[int, ...]) -> dict[int, NetworkMaps]:
    """Return the maps after so many slices, from a fresh state; the sweep is repeated as often as needed."""
    count, *size_px, _ = stack.images.shape
    state = runner.initial_state((1, size_px[0], size_px[1]))
    maps: dict[int, NetworkMaps] = {}
    for step in range(1, max(steps) + 1):
        here = slice((step - 1) % count, (step - 1) % count + 1)
        state, known = runner.step(stack.images[here], stack.coordinates[here], state)
        if step in steps:
            maps[step] = known
    return maps
