"""Runs a model over stacks, slice by slice, as it runs live, and judges every map."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from focstream.focal_slice import Image
from inference.depth_model import DepthMaps, DepthModel
from training.judging.boundaries import BoundaryErrors, boundary_errors
from training.judging.judged import JudgedStack
from training.judging.judged_models import JudgedModel
from training.judging.metrics import MapErrors, map_errors, mean_errors, mean_known
from training.judging.sigma_calibration import SigmaGroup, SigmaPairs, sigma_groups, sigma_pairs


@dataclass(frozen=True, slots=True, kw_only=True)
class SlicesSeen:
    """The map after some of the slices; means over stacks.

    Attributes
    ----------
    slices
        How many were seen.
    coverage, mae
        As in `MapErrors`.
    within_1_sigma, within_2_sigma
        As in `StackResult`.
    """

    slices: int
    coverage: float
    mae: float
    within_1_sigma: float
    within_2_sigma: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StackResult:
    """How a model did on one stack.

    Attributes
    ----------
    errors, boundary
        Of the map after all slices.
    within_1_sigma, within_2_sigma
        Shares, 0 … 1, of its errors within the stated σ, and twice it.
    by_slices
        The map after each slice.
    """

    errors: MapErrors
    boundary: BoundaryErrors
    within_1_sigma: float
    within_2_sigma: float
    by_slices: tuple[SlicesSeen, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetResult:
    """How a model did on a set: means over its stacks.

    Attributes
    ----------
    set_name, model, engine
        What was judged on what, and what computed it.
    errors, boundary, within_1_sigma, within_2_sigma, by_slices
        As in `StackResult`; each mean is over the stacks where the value is known.
    sigma_groups
        Of the pixels of all stacks together.
    stacks
        Every stack by itself, in the order of the set.
    """

    set_name: str
    model: str
    engine: str
    errors: MapErrors
    boundary: BoundaryErrors
    within_1_sigma: float
    within_2_sigma: float
    by_slices: tuple[SlicesSeen, ...]
    sigma_groups: tuple[SigmaGroup, ...]
    stacks: tuple[StackResult, ...]


def maps_after_each_slice(
    model: DepthModel[Any, Any], images: Iterable[Image], coordinates: Iterable[float]
) -> Iterator[DepthMaps]:
    """Yield the maps after the first slice, the second, …; a map is computed before its state is updated."""
    state = None
    for image, coordinate in zip(images, coordinates, strict=True):
        state = model.initial_state(image.shape) if state is None else state
        state, maps = model.step(image, coordinate, state)
        yield maps


def maps_after_all_slices(
    model: DepthModel[Any, Any], images: Sequence[Image], coordinates: Sequence[float]
) -> DepthMaps:
    """Return the maps after the last of one slice or more, as `maps_after_each_slice` does, but sooner."""
    state = model.initial_state(images[0].shape)
    for image, coordinate in zip(images[:-1], coordinates[:-1], strict=True):
        state = model.advance(image, coordinate, state)
    return model.step(images[-1], coordinates[-1], state)[1]


def judge_stack(model: DepthModel[Any, Any], stack: JudgedStack) -> tuple[StackResult, SigmaPairs]:
    """Judge a model on one stack; the pairs are those of its last map."""
    by_slices: list[SlicesSeen] = []
    for maps in maps_after_each_slice(model, stack.images, stack.coordinates):
        errors = map_errors(maps.coordinate, stack.truth)
        pairs = sigma_pairs(maps.coordinate, maps.coordinate_sigma, stack.truth)
        by_slices.append(
            SlicesSeen(
                slices=len(by_slices) + 1,
                coverage=errors.coverage,
                mae=errors.mae,
                within_1_sigma=pairs.share_within(1.0),
                within_2_sigma=pairs.share_within(2.0),
            )
        )
    result = StackResult(
        errors=errors,
        boundary=boundary_errors(maps.coordinate, stack.truth),
        within_1_sigma=by_slices[-1].within_1_sigma,
        within_2_sigma=by_slices[-1].within_2_sigma,
        by_slices=tuple(by_slices),
    )
    return result, pairs


def judge_set(judged: JudgedModel, set_name: str, stacks: Iterable[JudgedStack]) -> SetResult:
    """Judge a model on one stack or more."""
    judgements = [judge_stack(judged.model, stack) for stack in stacks]
    results = [result for result, _ in judgements]
    return SetResult(
        set_name=set_name,
        model=judged.label,
        engine=judged.model.engine,
        errors=mean_errors([result.errors for result in results]),
        boundary=BoundaryErrors(
            beside=mean_known(result.boundary.beside for result in results),
            away=mean_known(result.boundary.away for result in results),
        ),
        within_1_sigma=mean_known(result.within_1_sigma for result in results),
        within_2_sigma=mean_known(result.within_2_sigma for result in results),
        by_slices=_mean_by_slices(results),
        sigma_groups=sigma_groups([pairs for _, pairs in judgements]),
        stacks=tuple(results),
    )


def _mean_by_slices(results: Sequence[StackResult]) -> tuple[SlicesSeen, ...]:
    longest = max(len(result.by_slices) for result in results)
    rows = []
    for index in range(longest):
        seen = [result.by_slices[index] for result in results if index < len(result.by_slices)]
        rows.append(
            SlicesSeen(
                slices=index + 1,
                coverage=mean_known(one.coverage for one in seen),
                mae=mean_known(one.mae for one in seen),
                within_1_sigma=mean_known(one.within_1_sigma for one in seen),
                within_2_sigma=mean_known(one.within_2_sigma for one in seen),
            )
        )
    return tuple(rows)
