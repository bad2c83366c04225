"""Judges models: errors on stacks with truth, and a picture of what they make of stacks without."""

import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import islice
from pathlib import Path

from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

from engines.image_size import MOST_PX
from focstream.types import InputError
from training.data.real_stack import read_real_stack
from training.judging.command_settings import EvaluateSettings
from training.judging.contact_sheet import check_sheet_path, contact_sheet, save_sheet, sheet_row
from training.judging.evaluation_tables import side_by_side, tables
from training.judging.hard_stacks import hard_sets
from training.judging.json_report import check_report_path, save_report
from training.judging.judge import SetResult, judge_set
from training.judging.judged import JudgedSet, rendered_sets, subfolders
from training.judging.judged_models import JudgedModel, open_models
from training.judging.metrics import MASK_TEXT
from training.judging.reference_stacks import reference_sets

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What `--report` holds.

    Attributes
    ----------
    mask
        Which pixels were judged, in words.
    results
        Of every set and model.
    """

    mask: str
    results: tuple[SetResult, ...]


def evaluate(settings: EvaluateSettings) -> None:
    """Judge, print tables, and write the files asked for; the same numbers every time.

    Raises
    ------
    InputError
        When there is nothing to judge, or something asked for cannot be used. Checked before the long work
        as far as that is possible.
    """
    _check(settings)
    sets, hard = _chosen_sets(settings)
    places = [] if settings.stacks is None else subfolders(settings.stacks)
    _check_patterns(settings.reverse, [place.name for place in places], option="--reverse")
    models = open_models(
        settings.models, weights=settings.weights, engine=settings.engine, graphs=settings.graphs
    )
    with logging_redirect_tqdm():
        if sets or hard:
            _judge(models, sets, hard, settings)
        if settings.sheet is not None:
            _make_sheet(settings.sheet, places, models, settings)


def judge_all(
    models: Sequence[JudgedModel], sets: Sequence[JudgedSet], *, limit: int | None = None
) -> list[SetResult]:
    """Judge every model on the first `limit` stacks (None = all) of every set."""
    results = []
    for one_set in sets:
        for judged in models:
            count = one_set.count if limit is None else min(limit, one_set.count)
            stacks = islice(one_set.read(), count)
            title = f"{one_set.name}, {judged.label}"
            shown = tqdm(stacks, desc=title, total=count, unit="stack", disable=None, leave=False)
            results.append(judge_set(judged, one_set.name, shown))
    return results


def _judge(
    models: Sequence[JudgedModel],
    sets: Sequence[JudgedSet],
    hard: Sequence[JudgedSet],
    settings: EvaluateSettings,
) -> None:
    """Print the tables of all sets, then that of the hard ones, and write the report."""
    usual = judge_all(models, sets, limit=settings.limit)
    picked = judge_all(models, hard, limit=settings.limit)
    results = [*usual, *picked]
    sys.stdout.write(tables(results))
    if picked:
        sys.stdout.write(f"\n{side_by_side(picked)}")
    if settings.report is not None:
        save_report(settings.report, Evaluation(mask=MASK_TEXT, results=tuple(results)))


def _check(settings: EvaluateSettings) -> None:
    judges = any(place is not None for place in (settings.validation, settings.with_reference, settings.hard))
    if (settings.stacks is None) != (settings.sheet is None):
        raise InputError("the contact sheet needs both --stacks FOLDER and --sheet FILE")
    if not judges and settings.sheet is None:
        raise InputError(
            "nothing to judge: give --validation, --with-reference, --hard, or --stacks and --sheet"
        )
    if settings.report is not None and not judges:
        raise InputError(f"--report {settings.report}: there are no errors to write without --validation")
    if settings.report is not None:
        check_report_path(settings.report, option="--report")
    if settings.sheet is not None:
        check_sheet_path(settings.sheet)
    if not all(16 <= side_px <= MOST_PX for side_px in (settings.longest_px, settings.row_px)):
        raise InputError(f"--longest-px and --row-px: give 16 or more, {MOST_PX} at most")
    if settings.limit is not None and settings.limit < 1:
        raise InputError(f"--limit {settings.limit}: give 1 or more, or leave it out")


def _chosen_sets(settings: EvaluateSettings) -> tuple[list[JudgedSet], list[JudgedSet]]:
    """Return the usual sets and the hard ones, those that --sets fits."""
    usual: list[JudgedSet] = []
    if settings.validation is not None:
        usual += rendered_sets(settings.validation)
    if settings.with_reference is not None:
        usual += reference_sets(settings.with_reference)
    hard = [] if settings.hard is None else hard_sets(settings.hard)
    if usual or hard:
        _check_patterns(settings.sets, [one.name for one in (*usual, *hard)], option="--sets")
    return _matching(usual, settings.sets), _matching(hard, settings.sets)


def _check_patterns(patterns: Sequence[str], names: Sequence[str], *, option: str) -> None:
    """Refuse patterns without effect: a misspelt name would go unnoticed."""
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in names):
            raise InputError(f"{option} {pattern}: fits none of {', '.join(names) or 'no names'}")


def _matching(sets: Sequence[JudgedSet], patterns: Sequence[str]) -> list[JudgedSet]:
    return [one for one in sets if _matches(one.name, patterns)]


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _make_sheet(
    path: Path, places: Sequence[Path], models: Sequence[JudgedModel], settings: EvaluateSettings
) -> None:
    rows = []
    for place in tqdm(places, desc=path.name, unit="stack", disable=None, leave=False):
        stack = read_real_stack(
            place, reverse=_matches(place.name, settings.reverse), longest_px=settings.longest_px
        )
        rows.append(sheet_row(stack, models, height_px=settings.row_px))
    save_sheet(path, contact_sheet(rows))
    _log.info("%s: %d stacks", path, len(rows))
