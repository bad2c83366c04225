"""Sweeps one after another: planners beside uniform sweeps, of scenes at rest and of scenes that move."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from benchmarks.active.sequences import SweepsOf, maps_of
from benchmarks.active.sweeps import Model
from benchmarks.active.table import Row, row_of
from benchmarks.active.virtual_lens import VirtualLens
from focstream.active.wish import PlannerName
from focstream.depth_update import FloatMap
from focstream.types import DepthUpdate
from inference.planning.limits import PlanLimits
from inference.planning.make_mailbox import make_planner

_WITHIN = ", within"  # a sweep: its maps before the final one
_FEWER = "uniform, as track"


def study_sequence(
    lens_again: Callable[[], VirtualLens],
    model: Model,
    name: str,
    *,
    truth: FloatMap | None,
    limits: PlanLimits,
    sweeps: int,
) -> Iterator[Row]:
    """Sweep one scene again and again in every way; the first sweep does not count.

    Parameters
    ----------
    lens_again
        Gives the scene as it was in the beginning.
    truth
        As of `VirtualLens.truth`, where the lens does not know it.
    """

    def rows(way: SweepsOf) -> list[Row]:
        lens = lens_again()
        maps = maps_of(lens, model, way, limits=limits, sweeps=sweeps)
        return list(_rows(lens, maps, way, name, truth=truth))

    def planned(planner: PlannerName, *, rolling: bool = False) -> SweepsOf:
        made = make_planner(planner, limits, model=name)
        way = f"{planner}, rolling" if rolling else planner
        return SweepsOf(name=way, planner=made, slots=limits.slots, rolling=rolling)

    tracked = rows(planned("track"))
    yield from tracked
    usual = round(float(np.median([row.slices for row in tracked])))
    yield from rows(SweepsOf(name=_FEWER, planner=None, slots=usual))
    yield from rows(SweepsOf(name=_uniform(limits), planner=None, slots=limits.slots))
    yield from rows(planned("track", rolling=True))
    yield from rows(planned("gain" if name == "sharpness" else "onward"))


def show_sequences(rows: Sequence[Row], *, limits: PlanLimits) -> None:
    """Print slices and errors of every way by kind of scene, beside those of uniform sweeps of all slots."""
    against = f"of {limits.slots} uniform"
    print(f"| model | scene | sweeps | slices | mean | median error | {against} | σ | within σ | n |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    usual = _medians([row for row in rows if row.sweep == _uniform(limits)])
    groups: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in rows:
        for scene in (row.scene, "all, moving" if row.scene.endswith("moving") else "all"):
            groups[row.model, scene, row.sweep].append(row)
    for (model, scene, sweep), group in sorted(groups.items()):
        medians = _medians(group)
        ratios = [error / usual[key] for key, error in medians.items()]
        slices, error, sigma, within = (
            [getattr(row, field) for row in group]
            for field in ("slices", "median_error", "median_sigma", "within_sigma")
        )
        print(
            f"| {model} | {scene} | {sweep} | {np.median(slices):g} | {np.mean(slices):.1f} | "
            f"{np.median(error):.4f} | {np.median(ratios):.2f} (p95 {np.percentile(ratios, 95):.2f}) | "
            f"{np.median(sigma):.4f} | {np.median(within):.0%} | {len(medians)} |"
        )


def _uniform(limits: PlanLimits) -> str:
    return f"uniform, {limits.slots}"


def _rows(
    lens: VirtualLens, maps: Iterable[DepthUpdate], way: SweepsOf, name: str, *, truth: FloatMap | None
) -> Iterator[Row]:
    """Compare the maps with the truth at their time: final ones, and others that have seen a whole sweep."""
    for update in maps:
        known = lens.truth if truth is None else truth
        assert known is not None
        if update.tag.sweep_id > 0 and (update.final or way.rolling):
            sweep = way.name if update.final else way.name + _WITHIN
            yield row_of(update, known, model=name, scene=lens.name, number=lens.number, sweep=sweep)


def _medians(rows: Sequence[Row]) -> dict[tuple[str, str, int], float]:
    """Median error of the maps of every scene."""
    errors: dict[tuple[str, str, int], list[float]] = defaultdict(list)
    for row in rows:
        errors[row.model, row.scene, row.number].append(row.median_error)
    return {key: float(np.median(values)) for key, values in errors.items()}
