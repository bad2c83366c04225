"""Outcomes of a benchmark as tables for people, published numbers below ours."""

import math
from collections.abc import Sequence

from training.benchmarks.errors import BenchmarkErrors
from training.benchmarks.judge import MaskResult
from training.benchmarks.protocols.rules import Rules
from training.benchmarks.published import Published, published_for
from training.benchmarks.stacks import SetSize
from training.judging.evaluation_tables import columns

_HEAD = (
    "model", "n", "MAE", "MSE", "RMSE", "logRMS", "AbsRel", "SqRel", "Bump", "Bad %", "δ1 %", "δ2 %", "δ3 %",
    "source",
)  # fmt: skip
_MARKS = {"own": "", "other": " (second hand)"}


def benchmark_tables(rules: Rules, results: Sequence[MaskResult], judged: SetSize) -> str:
    """Head with the rules, then a table for every mask.

    Published numbers are shown only where `judged` is the set that they were measured on.
    """
    comparable = judged == rules.made_for
    parts = [f"{rules.text()}\njudged: {judged}"]
    if not comparable:
        parts[0] += "; published numbers are left out: they are of another number or size of stacks"
    for mask in rules.masks:
        ours = [result for result in results if result.mask == mask.text]
        known = published_for(rules.set_name, rules.protocol, mask.text) if comparable else []
        rows = [_ours(result) for result in ours] + [_theirs(row) for row in known]
        parts.append("\n".join((f"mask: {mask.text}", *columns([_HEAD, *rows], left=1))))
    return "\n\n".join(parts) + "\n"


def _ours(result: MaskResult) -> tuple[str, ...]:
    return (result.model, str(result.stacks_judged), *_cells(result.errors), f"measured, {result.engine}")


def _theirs(row: Published) -> tuple[str, ...]:
    return (row.method, "", *_cells(row.errors), f"published: {row.source}{_MARKS[row.mark]}")


def _cells(errors: BenchmarkErrors) -> tuple[str, ...]:
    small = (errors.mae, errors.mse, errors.rmse, errors.log_rms, errors.abs_rel, errors.sq_rel)
    whole = (errors.bump, errors.bad_pixels, errors.delta_1, errors.delta_2, errors.delta_3)
    return (*(_digits(value, ".3g") for value in small), *(_digits(value, ".2f") for value in whole))


def _digits(value: float, form: str) -> str:
    return "–" if math.isnan(value) else format(value, form)
