"""``python -m training benchmark``: a data set of the field, by the rules of one of its papers."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

from engines.image_size import MOST_PX
from focstream.types import InputError
from training.benchmarks.judge import MaskResult, judge_benchmark
from training.benchmarks.mobile_command import draw_mobile
from training.benchmarks.protocols.ddff_rules import DDFF_RULES
from training.benchmarks.protocols.fod_rules import FOD_RULES
from training.benchmarks.protocols.hci_rules import HCI_RULES
from training.benchmarks.protocols.mobile_rules import MOBILE_RULES, MobileRules
from training.benchmarks.protocols.rules import Rules
from training.benchmarks.sets.ddff import ddff_set
from training.benchmarks.sets.fod import fod_set
from training.benchmarks.sets.hci import hci_set
from training.benchmarks.settings import BenchmarkSettings
from training.benchmarks.stacks import BenchmarkSet, SetSize
from training.benchmarks.tables import benchmark_tables
from training.judging.contact_sheet import check_sheet_path
from training.judging.json_report import check_report_path, save_report
from training.judging.judged_models import JudgedModel, open_models

AnyRules = TypeVar("AnyRules", Rules, MobileRules)

_JUDGED = {"ddff": (DDFF_RULES, ddff_set), "fod": (FOD_RULES, fod_set), "hci": (HCI_RULES, hci_set)}
_MOBILE = "mobile"


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkReport:
    """What ``--json`` holds.

    Attributes
    ----------
    set_name, protocol, rules
        What was judged, by whose rules, and these in words.
    judged
        How many stacks, and of which size.
    results
        Of every mask and model.
    """

    set_name: str
    protocol: str
    rules: str
    judged: SetSize
    results: tuple[MaskResult, ...]


def benchmark(settings: BenchmarkSettings) -> None:
    """Judge, print the tables, and write the files asked for; the same numbers every time.

    Raises
    ------
    InputError
        When the data or something else that was asked for cannot be used; as far as possible before the
        long work.
    """
    _check(settings)
    if settings.benchmark == _MOBILE:
        mobile_rules = _chosen(MOBILE_RULES, settings)
        with logging_redirect_tqdm():
            draw_mobile(
                _open(settings), settings.data, mobile_rules,
                limit=settings.limit, maps=settings.maps, sheet=settings.sheet, row_px=settings.row_px,
            )  # fmt: skip
        return
    all_rules, open_set = _JUDGED[settings.benchmark]
    rules = _chosen(all_rules, settings)
    found = open_set(settings.data, rules)
    models = _open(settings)
    with logging_redirect_tqdm():
        results, judged = _judge(models, found, rules, settings)
    sys.stdout.write(benchmark_tables(rules, results, judged))
    if settings.json is not None:
        report = BenchmarkReport(
            set_name=rules.set_name,
            protocol=rules.protocol,
            rules=rules.text(),
            judged=judged,
            results=tuple(results),
        )
        save_report(settings.json, report)


def _judge(
    models: list[JudgedModel], found: BenchmarkSet, rules: Rules, settings: BenchmarkSettings
) -> tuple[list[MaskResult], SetSize]:
    size = found.size
    count = size.stacks if settings.limit is None else min(settings.limit, size.stacks)
    results = []
    for model in models:
        title = f"{rules.set_name}, {model.label}"
        stacks = islice(found.read(), count)
        shown = tqdm(stacks, desc=title, total=count, unit="stack", disable=None, leave=False)
        results += judge_benchmark(model, shown, rules, maps_to=settings.maps)
    return results, SetSize(stacks=count, rows=size.rows, columns=size.columns)


def _open(settings: BenchmarkSettings) -> list[JudgedModel]:
    return open_models(
        settings.models, weights=settings.weights, engine=settings.engine, graphs=settings.graphs
    )


def _chosen(all_rules: Sequence[AnyRules], settings: BenchmarkSettings) -> AnyRules:
    if settings.protocol is None:
        return all_rules[0]
    for rules in all_rules:
        if rules.protocol == settings.protocol:
            return rules
    known = ", ".join(rules.protocol for rules in all_rules)
    raise InputError(f"--protocol {settings.protocol}: {settings.benchmark} is judged by {known}")


def _check(settings: BenchmarkSettings) -> None:
    """Refuse what cannot be done, before the long work."""
    mobile = settings.benchmark == _MOBILE
    if not settings.data.exists():
        raise InputError(
            f"--data {settings.data} does not exist; give the file or folder of {settings.benchmark}"
        )
    if settings.limit is not None and settings.limit < 1:
        raise InputError(f"--limit {settings.limit}: give 1 or more, or leave it out")
    if settings.json is not None and mobile:
        raise InputError(
            f"--json {settings.json}: mobile has no truth, so no numbers; give --sheet or --maps"
        )
    if settings.sheet is not None and not mobile:
        raise InputError(f"--sheet {settings.sheet}: only mobile is drawn; leave it out, or give --maps")
    if mobile and settings.sheet is None and settings.maps is None:
        raise InputError("mobile has no truth, so nothing to print: give --sheet FILE, --maps FOLDER or both")
    if settings.sheet is not None:
        check_sheet_path(settings.sheet)
    if not 16 <= settings.row_px <= MOST_PX:
        raise InputError(f"--row-px {settings.row_px}: give 16 or more, {MOST_PX} at most")
    if settings.json is not None:
        check_report_path(settings.json, option="--json")
    if settings.maps is not None and not settings.maps.is_dir():
        raise InputError(f"--maps {settings.maps}: no such folder; make it first")
