"""The outcome of an evaluation as tables for people."""

import math
from collections.abc import Callable, Sequence

from training.judging.boundaries import JUMP, REACH_PX
from training.judging.judge import SetResult, SlicesSeen
from training.judging.metrics import MASK_TEXT

_SHOWN_COUNTS = (1, 2, 3, 4, 5, 6, 8, 12, 16, 24, 32, 48, 64)
Cells = Sequence[str]


def tables(results: Sequence[SetResult]) -> str:
    """All tables, a row for every set and model; "–" where nothing could be judged."""
    return "\n".join(
        (
            _error_table(results),
            _place_table(results),
            _slices_table(results, "MAE against slices seen, on the pixels that have a depth by then", _mae),
            _slices_table(
                results, "% of pixels with a depth / of errors in σ / in 2σ, by slices seen", _doubt
            ),
            _sigma_table(results),
        )
    )


def side_by_side(results: Sequence[SetResult]) -> str:
    """Write a row for every set, and in it the models beside each other; all were judged on every set."""
    models = list(dict.fromkeys(result.model for result in results))
    measures = ("MAE", "in 1σ %", "in 2σ %", "depth %")
    names = ["", *(cell for model in models for cell in (model, *[""] * (len(measures) - 1)))]
    head = ["set", *measures * len(models)]
    rows: dict[str, list[str]] = {}
    for result in results:
        rows.setdefault(result.set_name, [result.set_name]).extend(
            (
                _number(result.errors.mae),
                _percent(result.within_1_sigma),
                _percent(result.within_2_sigma),
                _percent(result.errors.coverage),
            )
        )
    title = "Models side by side: MAE after all slices, errors within σ and 2σ, pixels with a depth"
    return "\n".join((title, *columns([names, head, *rows.values()], left=1))) + "\n"


def _error_table(results: Sequence[SetResult]) -> str:
    head = (
        "n", "depth %", "MAE", "RMSE", "MSE", "logRMS", "AbsRel", "SqRel", "Bump", "δ1 %", "δ2 %", "δ3 %",
    )  # fmt: skip
    rows = []
    for result in results:
        errors = result.errors
        deltas = (errors.delta_1, errors.delta_2, errors.delta_3)
        rows.append(
            (
                str(len(result.stacks)),
                _percent(errors.coverage),
                *(_number(value) for value in (errors.mae, errors.rmse)),
                _number(errors.mse, digits=6),
                *(_number(value) for value in (errors.log_rms, errors.abs_rel)),
                _number(errors.sq_rel, digits=6),
                _number(errors.bump, digits=3),
                *(_percent(value) for value in deltas),
            )
        )
    title = "Errors of the sweep coordinate (0 far … 1 near), all slices seen; of each stack, then their mean"
    return _table(f"{title}\n{MASK_TEXT}", head, rows, results)


def _place_table(results: Sequence[SetResult]) -> str:
    rows = [
        (
            _number(result.boundary.beside),
            _number(result.boundary.away),
            _percent(result.within_1_sigma),
            _percent(result.within_2_sigma),
        )
        for result in results
    ]
    title = (
        f"MAE within {REACH_PX} px of an edge of depth (a step of more than {JUMP} between neighbours), and "
        "away from edges; shares of the errors within σ and 2σ"
    )
    return _table(title, ("edge MAE", "away MAE", "in 1σ %", "in 2σ %"), rows, results)


def _slices_table(results: Sequence[SetResult], title: str, cell: Callable[[SlicesSeen], str]) -> str:
    longest = max(len(result.by_slices) for result in results)
    ends = {len(result.by_slices) for result in results}
    counts = sorted({count for count in _SHOWN_COUNTS if count < longest} | ends)
    rows = []
    for result in results:
        seen = {one.slices: one for one in result.by_slices}
        rows.append(tuple(cell(seen[count]) if count in seen else "" for count in counts))
    return _table(title, tuple(str(count) for count in counts), rows, results)


def _sigma_table(results: Sequence[SetResult]) -> str:
    groups = max(len(result.sigma_groups) for result in results)
    rows = [
        tuple(f"{_number(group.stated)}:{_number(group.made)}" for group in result.sigma_groups)
        for result in results
    ]
    title = "σ stated : RMS of the errors made, pixels of all stacks in tenths by σ"
    return _table(title, tuple(str(tenth + 1) for tenth in range(groups)), rows, results)


def _table(title: str, head: Cells, rows: Sequence[Cells], results: Sequence[SetResult]) -> str:
    named = [(result.set_name, result.model) for result in results]
    whole = [("set", "model", *head)]
    whole += [(*name, *row, *[""] * (len(head) - len(row))) for name, row in zip(named, rows, strict=True)]
    return "\n".join((title, *columns(whole, left=2))) + "\n"


def columns(rows: Sequence[Cells], *, left: int) -> list[str]:
    """Lines of cells below each other, the first `left` columns flush left."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row[:left], widths[:left], strict=True)]
        cells += [cell.rjust(width) for cell, width in zip(row[left:], widths[left:], strict=True)]
        lines.append("  ".join(cells).rstrip())
    return lines


def _mae(seen: SlicesSeen) -> str:
    return _number(seen.mae)


def _doubt(seen: SlicesSeen) -> str:
    shares = (seen.coverage, seen.within_1_sigma, seen.within_2_sigma)
    return "/".join(_number(100.0 * share, digits=0) for share in shares)


def _number(value: float, *, digits: int = 4) -> str:
    return "–" if math.isnan(value) else f"{value:.{digits}f}"


def _percent(share: float) -> str:
    return _number(100.0 * share, digits=1)
