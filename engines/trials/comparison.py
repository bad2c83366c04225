"""Differences between engines: how they are measured, judged and printed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from engines.base import FloatArray, NetworkMaps
from engines.graphs.state_layout import F32_TOLERANCES, MAPS
from engines.int8.table import MOST_ERROR_RATIO

LOWER_TOLERANCE = 5e-3
"""Greatest mean difference of the coordinate of an engine of lower precision."""
ERROR_TOLERANCE = 0.02
"""Greatest change of the error against truth, as a share of the reference's error."""
INT8_ERROR_TOLERANCE = MOST_ERROR_RATIO - 1.0
"""The same for int8, which is chosen by itself up to there."""
GROWTH = 2.0
"""The mean difference may be at most so many times the greatest of the steps before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How far one output of one stack is from the reference.

    Attributes
    ----------
    output, step
        Its name, and the number of slices so far.
    largest, mean
        Absolute.
    """

    output: str
    step: int
    largest: float
    mean: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How one engine differs from the reference.

    Attributes
    ----------
    engine
        With its precision.
    differences
        Of all outputs, steps and stacks.
    error, reference_error
        Mean absolute errors of the coordinate against the truth, after all steps.
    """

    engine: str
    differences: tuple[Difference, ...]
    error: float
    reference_error: float

    @property
    def exact(self) -> bool:
        """Whether it computes in float32, and is judged so."""
        return self.engine.endswith("f32")

    @property
    def error_tolerance(self) -> float:
        """How much `error_change` may be, up or down."""
        return INT8_ERROR_TOLERANCE if self.engine.endswith("int8") else ERROR_TOLERANCE

    @property
    def error_change(self) -> float:
        """Excess of the error against truth, as a share of the reference's."""
        return self.error / self.reference_error - 1.0

    def steps(self) -> list[int]:
        """Return the numbers of slices, rising."""
        return sorted({difference.step for difference in self.differences})

    def worst(self, output: str, step: int) -> tuple[float, float]:
        """Return the largest and the greatest mean difference of an output over the stacks."""
        found = [d for d in self.differences if (d.output, d.step) == (output, step)]
        # NumPy's maximum, unlike Python's, lets no NaN through unseen
        return float(np.max([d.largest for d in found])), float(np.max([d.mean for d in found]))


def difference(maps: NetworkMaps, expected: NetworkMaps, *, step: int) -> Iterator[Difference]:
    """Yield the differences of all outputs."""
    for output in MAPS:
        apart = np.abs(getattr(maps, output) - getattr(expected, output))
        yield Difference(output=output, step=step, largest=float(apart.max()), mean=float(apart.mean()))


def mean_error(maps: NetworkMaps, truth: FloatArray) -> float:
    """Mean absolute error of the coordinate where there is truth."""
    return float(np.nanmean(np.abs(maps.coordinate[0] - truth)))


def failures(comparison: Comparison) -> Iterator[str]:
    """Yield what is past its tolerance, each in a few words; a NaN always is."""
    yield from _exact_failures(comparison) if comparison.exact else _lower_failures(comparison)
    if not abs(comparison.error_change) <= comparison.error_tolerance:
        yield (
            f"{comparison.engine} changes the error against truth by {comparison.error_change:+.1%}, "
            f"more than {comparison.error_tolerance:.0%}"
        )


def _exact_failures(comparison: Comparison) -> Iterator[str]:
    for step in comparison.steps():
        for output in MAPS:
            largest, _ = comparison.worst(output, step)
            if not largest <= F32_TOLERANCES[output]:
                yield (
                    f"{comparison.engine} differs in {output} by {largest:.1e} after {step} slices, "
                    f"more than {F32_TOLERANCES[output]:g}"
                )


def _lower_failures(comparison: Comparison) -> Iterator[str]:
    means = [(step, comparison.worst("coordinate", step)[1]) for step in comparison.steps()]
    for step, mean in means:
        if not mean <= LOWER_TOLERANCE:
            yield (
                f"{comparison.engine} differs in coordinate by {mean:.1e} in the mean after {step} slices, "
                f"more than {LOWER_TOLERANCE:g}"
            )
    so_far = 0.0
    for (_, before), (step, mean) in pairwise(means):
        so_far = max(before, so_far)
        if not mean <= GROWTH * so_far:
            yield f"{comparison.engine}: the difference in coordinate grows to {mean:.1e} by slice {step}"


def table(comparisons: Sequence[Comparison], reasons: Mapping[str, str]) -> str:
    """Return it in Markdown: largest and mean difference of every output, and the error against truth."""
    lines = [
        "| engine | slices | coordinate | log-scale | all-in-focus | error against truth |",
        "|---|---|---|---|---|---|",
    ]
    for comparison in comparisons:
        for step in comparison.steps():
            cells = [_cell(comparison.worst(output, step)) for output in MAPS]
            last = step == comparison.steps()[-1]
            change = f"{comparison.error:.4f} ({comparison.error_change:+.2%})" if last else ""
            lines.append(f"| {comparison.engine} | {step} | {' | '.join(cells)} | {change} |")
    lines += ["", "Differences from torch f32: largest, then mean."]
    lines += [f"Not compared: {name}: {reason}" for name, reason in reasons.items()]
    return "\n".join(lines) + "\n"


def _cell(values: tuple[float, float]) -> str:
    return f"{values[0]:.1e}, {values[1]:.1e}"
