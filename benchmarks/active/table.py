"""How good the maps of a study are, by sweep and number of slices."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from focstream.depth_update import FloatMap
from focstream.types import DepthUpdate


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One map of one scene; errors and σ are shares of the sweep.

    Attributes
    ----------
    model, scene, number, sweep
        What was computed, of what (kind of scene, and which of that kind), and how it was swept.
    slices
        Slices of the map; of a final map of an active sweep, those of its sweep alone.
    median_error, mean_error
        Where the truth is known; pixels without depth count as if in the middle of the sweep.
    median_sigma
        Of the pixels with depth.
    within_sigma
        Share of the errors that are no more than σ, of the pixels with depth.
    """

    model: str
    scene: str
    number: int
    sweep: str
    slices: int
    median_error: float
    mean_error: float
    median_sigma: float
    within_sigma: float


def row_of(update: DepthUpdate, truth: FloatMap, *, model: str, scene: str, number: int, sweep: str) -> Row:
    """Compare a map with the truth."""
    judged = np.isfinite(truth)
    has_depth = judged & np.isfinite(update.coordinate)
    depth = np.where(has_depth, update.coordinate, np.float32(0.5))
    error = np.abs(depth - truth)
    sigma = update.coordinate_sigma[has_depth]
    return Row(
        model=model,
        scene=scene,
        number=number,
        sweep=sweep,
        slices=len(update.slots_taken) if update.final and update.slots_taken else update.slices_seen,
        median_error=float(np.median(error[judged])),
        mean_error=float(np.mean(error[judged])),
        median_sigma=float(np.median(sigma)) if sigma.size else float("inf"),
        within_sigma=float(np.mean(error[has_depth] <= sigma)) if sigma.size else 0.0,
    )


def show(rows: Sequence[Row]) -> None:
    """Print the medians over the scenes of every kind, by sweep and number of slices."""
    print("| model | scene | sweep | slices | median error | mean error | σ | within σ | n |")
    print("|---|---|---|---|---|---|---|---|---|")
    for (model, scene, sweep, slices), group in sorted(_grouped(rows, "sweep", "slices").items()):
        print(
            f"| {model} | {scene} | {sweep} | {slices} | {_median(group, 'median_error'):.4f} | "
            f"{_median(group, 'mean_error'):.4f} | {_median(group, 'median_sigma'):.4f} | "
            f"{_median(group, 'within_sigma'):.0%} | {len(group)} |"
        )


def show_side_by_side(rows: Sequence[Row], *, planners: Sequence[str], slots: int) -> None:
    """Print what sweeps that end by themselves took, and their error beside that of uniform ones."""
    print(f"| model | scene | planner | slices | median error | uniform, as many | uniform, {slots} | n |")
    print("|---|---|---|---|---|---|---|---|")
    uniform = {
        (row.model, row.scene, row.number, row.slices): row.median_error
        for row in rows
        if row.sweep == "uniform"
    }
    ended = [row for row in rows if row.sweep in planners]
    for (model, scene, planner), group in sorted(_grouped(ended, "sweep").items()):
        as_many = [uniform[one.model, one.scene, one.number, one.slices] for one in group]
        full = [uniform[one.model, one.scene, one.number, slots] for one in group]
        print(
            f"| {model} | {scene} | {planner} | {_median(group, 'slices'):g} | "
            f"{_median(group, 'median_error'):.4f} | {np.median(as_many):.4f} | {np.median(full):.4f} | "
            f"{len(group)} |"
        )


def _grouped(rows: Iterable[Row], *names: str) -> dict[tuple[Any, ...], list[Row]]:
    """Rows by model, kind of scene, and fields; those of all scenes together, too."""
    groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        for scene in (row.scene, "all"):
            groups[row.model, scene, *(getattr(row, name) for name in names)].append(row)
    return groups


def _median(rows: Iterable[Row], name: str) -> float:
    return float(np.median([getattr(row, name) for row in rows]))
