"""Judges models on the stacks of a benchmark, through the interface that the pipeline uses."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from focstream.types import InputError
from training.benchmarks.errors import BenchmarkErrors, benchmark_errors, mean_benchmark_errors
from training.benchmarks.padding import cropped, padded
from training.benchmarks.protocols.rules import Rules
from training.benchmarks.saved_maps import save_map
from training.benchmarks.scales import UnitMap
from training.benchmarks.stacks import BenchmarkStack
from training.judging.judge import maps_after_all_slices
from training.judging.judged_models import JudgedModel


@dataclass(frozen=True, slots=True, kw_only=True)
class StackErrors:
    """Errors on one stack.

    Attributes
    ----------
    name
        Of the stack.
    errors
        NaN when no pixel of it counts.
    """

    name: str
    errors: BenchmarkErrors


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskResult:
    """How a model did by one mask.

    Attributes
    ----------
    mask, model, engine
        Which pixels were judged, what was judged, and what computed it.
    stacks_judged
        In how many stacks at least one pixel counted; only these are in the means.
    errors
        Means over these stacks.
    stacks
        Every stack by itself, in the order of the set.
    """

    mask: str
    model: str
    engine: str
    stacks_judged: int
    errors: BenchmarkErrors
    stacks: tuple[StackErrors, ...]


def predict(model: JudgedModel, stack: BenchmarkStack, rules: Rules) -> UnitMap:
    """(H, W) in the unit of the benchmark, after all images of the stack.

    Raises
    ------
    InputError
        When the model leaves out pixels: the benchmarks judge whole maps.
    """
    images = tuple(padded(image, rules.padding) for image in stack.images)
    maps = maps_after_all_slices(model.model, images, stack.coordinates)
    coordinate = cropped(maps.coordinate, rules.padding, shape=stack.images[0].shape)
    missing = int(np.isnan(coordinate).sum())
    if missing:
        raise InputError(
            f"{model.label} leaves out {missing} of {coordinate.size} pixels of {stack.name}, but the "
            "benchmark judges whole maps; take sharpness-fill or the network"
        )
    return stack.scale.to_unit(coordinate)


def judge_benchmark(
    model: JudgedModel, stacks: Iterable[BenchmarkStack], rules: Rules, *, maps_to: Path | None = None
) -> list[MaskResult]:
    """Judge a model by every mask of the rules; save its maps as NAME_MODEL.npy, float32, where asked."""
    by_mask: list[list[StackErrors]] = [[] for _ in rules.masks]
    for stack in stacks:
        raw = predict(model, stack, rules)
        if maps_to is not None:
            save_map(maps_to, stack=stack.name, model=model.label, values=raw)
        prediction, truth = rules.prepare(raw, stack.truth)
        for mask, rows in zip(rules.masks, by_mask, strict=True):
            errors = benchmark_errors(
                prediction, truth, mask.keeps(truth), signed=rules.signed, holes_zeroed=rules.holes_zeroed
            )
            rows.append(StackErrors(name=stack.name, errors=errors))
    return [_result(mask.text, model, rows) for mask, rows in zip(rules.masks, by_mask, strict=True)]


def _result(mask: str, model: JudgedModel, rows: Sequence[StackErrors]) -> MaskResult:
    known = [row.errors for row in rows if not np.isnan(row.errors.mse)]
    return MaskResult(
        mask=mask,
        model=model.label,
        engine=model.model.engine,
        stacks_judged=len(known),
        errors=mean_benchmark_errors(known) if known else BenchmarkErrors(),
        stacks=tuple(rows),
    )
