"""A picture of the study: one scene swept uniformly and by `track`, with the slots and the errors."""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from benchmarks.active.sequences import SweepsOf, maps_of
from benchmarks.active.sweeps import Model
from benchmarks.active.table import row_of
from benchmarks.active.virtual_lens import RenderedScene
from focstream.files.writing import writing
from focstream.types import DepthUpdate
from inference.planning.limits import PlanLimits
from inference.planning.track import TrackPlanner
from publish.colour import colours_of

_DPI = 100
_WIDE_IN, _HIGH_IN = 3.2, 5.4  # of the column of one sweep
_MOST_ERROR = 0.1  # of the sweep: white in the map of errors
_RATIOS = (6, 0.5, 6)


def save_picture(scene: RenderedScene, model: Model, *, limits: PlanLimits, file: Path) -> None:
    """Save a column for each of: all slots, as many slices as `track` takes, and `track`.

    Of every way, the second sweep is shown; `track` knows the first one.

    Raises
    ------
    InputError
        When the file cannot be written.
    """

    def second(way: SweepsOf) -> DepthUpdate:
        maps = maps_of(scene, model, way, limits=limits, sweeps=2)
        return [update for update in maps if update.final][-1]

    tracked = second(SweepsOf(name="track", planner=TrackPlanner(limits), slots=limits.slots))
    shown = [
        *((f"uniform, {slots} slices", _uniform(slots)) for slots in (limits.slots, tracked.slices_seen)),
        (f"active (track), {tracked.slices_seen} slices", None),
    ]
    figure = Figure(figsize=(_WIDE_IN * len(shown), _HIGH_IN), dpi=_DPI, layout="constrained")
    axes = figure.subplots(3, len(shown), height_ratios=_RATIOS)
    for column, (title, way) in zip(axes.T, shown, strict=True):
        _draw(column, title, tracked if way is None else second(way), scene)
    with writing(file, remedy="choose another --picture FILE"):
        figure.savefig(file)


def _uniform(slots: int) -> SweepsOf:
    return SweepsOf(name="uniform", planner=None, slots=slots)


def _draw(axes: NDArray[np.object_], title: str, update: DepthUpdate, scene: RenderedScene) -> None:
    """Draw the map, its slots on a line below it, and its errors below that."""
    truth = scene.truth
    assert truth is not None  # it is rendered
    depth, line, errors = axes
    depth.imshow(colours_of(update.coordinate)[..., ::-1])
    depth.set_title(title)
    line.hlines(0.0, 0.0, 1.0, color="0.6")
    line.plot(update.slots_taken, np.zeros(len(update.slots_taken)), "o", color="black", markersize=5)
    line.set(xlim=(-0.03, 1.03), ylim=(-1, 1), xticks=(0.0, 1.0), yticks=())
    line.set_xticklabels(("far", "near"))
    line.tick_params(length=0)
    line.spines[:].set_visible(False)
    errors.imshow(np.abs(update.coordinate - truth), cmap="inferno", vmin=0.0, vmax=_MOST_ERROR)
    row = row_of(update, truth, model="", scene="", number=0, sweep="")
    errors.set_xlabel(f"error: median {row.median_error:.4f}, mean {row.mean_error:.4f}")
    for image in (depth, errors):
        image.set(xticks=(), yticks=())
