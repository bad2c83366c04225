"""Active sweeps against uniform ones, offline: a dense stack of a scene serves as a lens that goes anywhere.

Every scene is swept uniformly with 3 slices, 4, … up to --slots, and by each planner: as live, where the lens
moves while depth is computed, and where it waits for every map ("waiting"). Every sweep of a planner ends by
itself, and once more it does not ("endless"), which gives its error by number of slices. The scenes are
rendered, as in `benchmarks.classical`; "plane" and "two distances" are empty over most of the sweep. Of a
real stack (--stacks) the truth is the map of all its slices.

With --sweeps, every scene is swept so often, one sweep after another, at rest and while it moves slowly: by
`track`, which knows the sweep before, beside uniform sweeps of as many slices and of all. "within" are the
maps before the final one with --update rolling; they have seen the sweep before, too.

Ctrl-C ends a study early, with the tables of what is done.

    python -m benchmarks.active --seeds 20 --width-px 640 --height-px 480 --report active.json
    python -m benchmarks.active --seeds 20 --models small --sweeps 4
    python -m benchmarks.active --kinds tabletop --fills 0.5 --models small --width-px 320 \
        --height-px 240 --picture docs/use/active_focus.jpg
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from fnmatch import fnmatch
from itertools import product
from pathlib import Path
from typing import get_args

import numpy as np
import tyro

from benchmarks.active.moving_scene import MovingScene
from benchmarks.active.sequence_study import show_sequences, study_sequence
from benchmarks.active.sparse_scenes import SparseKind
from benchmarks.active.sweeps import Model, active, all_slices, uniform
from benchmarks.active.table import Row, row_of, show, show_side_by_side
from benchmarks.active.virtual_lens import DenseStack, RenderedScene, VirtualLens
from benchmarks.shared.piped import piped
from capture.simulator.config import SceneKind
from capture.sweep.plan import SweepConfig
from engines.choice.choose import make_model
from focstream.active.wish import PlannerName
from focstream.program.device import device
from focstream.program.memory import keep_freed_memory
from inference.config import InferenceConfig
from inference.planning.make_mailbox import make_planner

_FEWEST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What to study.

    Attributes
    ----------
    models
        As ``--model`` of run_pipeline.py.
    kinds, seeds
        Scenes: so many of every kind.
    fills
        Share of the sweep that the scenes fill, in its middle; but for the sparse ones.
    width_px, height_px
        Of the images.
    slots, slots_least, good_enough
        As ``--sweep.*``.
    stacks
        Dense real stacks instead of rendered scenes: folders, or files that hold one.
    reverse
        Names of the stacks whose files go from near to far; ``*`` and ``?`` stand for any characters.
    sweeps
        Sweeps of a scene one after another; 0: single sweeps are studied.
    picture
        Nothing but a picture of the first scene with the first model: uniform sweeps beside one of `track`.
    report
        File for all rows.
    """

    models: tuple[str, ...] = ("sharpness", "small")
    kinds: tuple[SceneKind | SparseKind, ...] = (*get_args(SceneKind), *get_args(SparseKind))
    seeds: int = 1
    fills: float = 1.0
    width_px: int = 192
    height_px: int = 144
    slots: int = 10
    slots_least: int = 3
    good_enough: float = 0.01
    sweeps: int = 0
    stacks: tuple[Path, ...] = ()
    reverse: tuple[str, ...] = ()
    picture: Path | None = None
    report: Path | None = None


def main(settings: Settings) -> None:
    """Print a line for every sweep, the planners beside uniform sweeps, and what a plan takes."""
    keep_freed_memory()
    print(
        f"device: {device()}; {settings.width_px} × {settings.height_px}, no warm-up; times by perf_counter"
    )
    if settings.picture is not None:
        _save_picture(settings, settings.picture)
        return
    rows: list[Row] = []
    times_ms: list[float] = []
    try:
        rows.extend(_rows(settings, times_ms))
    except KeyboardInterrupt:
        print("interrupted: the tables are of what is done")
    if settings.sweeps:
        show_sequences(rows, limits=_limits(settings))
    else:
        show(rows)
        show_side_by_side(rows, planners=("gain", "onward"), slots=settings.slots)
        p50, p95, p99 = np.percentile(times_ms or [np.nan], (50, 95, 99))
        print(f"a plan: p50 {p50:.2f} ms, p95 {p95:.2f} ms, p99 {p99:.2f} ms, n {len(times_ms)}")
    if settings.report is not None:
        table = {"rows": [asdict(row) for row in rows], "device": device()}
        settings.report.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


def _rows(settings: Settings, times_ms: list[float]) -> Iterator[Row]:
    """Sweep every scene with every model; the rows of a scene come when all of it is swept."""
    for name in settings.models:
        model = _model(name)
        for lens in _lenses(settings):
            if settings.sweeps:
                yield from list(_study_sequences(lens, model, name, settings=settings))
            else:
                yield from list(_study(lens, model, name, settings=settings, times_ms=times_ms))
            print(f"{name}: {lens.name} {lens.number} is swept", flush=True)


def _lenses(settings: Settings) -> Iterator[VirtualLens]:
    if settings.stacks:
        pixels = settings.width_px * settings.height_px
        for path in settings.stacks:
            is_reversed = any(fnmatch(path.name, name) for name in settings.reverse)
            yield DenseStack.of(path, most_pixels=pixels, reverse=is_reversed)
        return
    for seed in range(
        1, settings.seeds + 1
    ):  # one of each kind first: an interrupted study is of all of them
        for kind in settings.kinds:
            yield _scene(settings, kind, seed)


def _scene(settings: Settings, kind: SceneKind | SparseKind, seed: int) -> RenderedScene:
    return RenderedScene(
        kind, seed, width_px=settings.width_px, height_px=settings.height_px, fills=settings.fills
    )


def _save_picture(settings: Settings, file: Path) -> None:
    from benchmarks.active.picture import save_picture

    scene = _scene(settings, settings.kinds[0], 1)
    save_picture(scene, _model(settings.models[0]), limits=_limits(settings), file=file)
    print(f"saved {file}")


def _model(name: str) -> Model:
    return make_model(InferenceConfig.model_validate({"model": name}))


def _limits(settings: Settings) -> SweepConfig:
    return SweepConfig(
        slots=settings.slots, slots_least=settings.slots_least, good_enough=settings.good_enough
    )


def _study_sequences(lens: VirtualLens, model: Model, name: str, *, settings: Settings) -> Iterator[Row]:
    """Sweep one scene again and again, at rest and moving; a real stack is at rest."""
    limits, sweeps = _limits(settings), settings.sweeps
    if not isinstance(lens, RenderedScene):
        truth = all_slices(lens, model).coordinate
        yield from study_sequence(lambda: lens, model, name, truth=truth, limits=limits, sweeps=sweeps)
        return
    yield from study_sequence(lambda: lens, model, name, truth=lens.truth, limits=limits, sweeps=sweeps)
    wide = MovingScene.rendered(lens, width_px=settings.width_px, height_px=settings.height_px)

    def again() -> VirtualLens:
        return MovingScene(wide, width_px=settings.width_px)

    yield from study_sequence(again, model, name, truth=None, limits=limits, sweeps=sweeps)


def _study(
    lens: VirtualLens, model: Model, name: str, *, settings: Settings, times_ms: list[float]
) -> Iterator[Row]:
    """Sweep one scene in every way."""
    truth = all_slices(lens, model).coordinate if lens.truth is None else lens.truth
    slots = settings.slots
    for count in range(min(_FEWEST, settings.slots_least), slots + 1):
        update = uniform(lens, model, slots=count)
        yield row_of(update, truth, model=name, scene=lens.name, number=lens.number, sweep="uniform")
    limits = _limits(settings)
    endless = limits.model_copy(update={"slots_least": slots})
    planners: tuple[PlannerName, ...] = ("gain",) if name == "sharpness" else ("gain", "onward")
    for planner, lead in product(planners, (1, 0)):
        sweep = planner if lead else f"{planner}, waiting"
        made = make_planner(planner, limits, model=name, lead=lead)
        last = active(lens, model, made, slots=slots, lead=lead, times_ms=times_ms)[-1]
        yield row_of(last, truth, model=name, scene=lens.name, number=lens.number, sweep=sweep)
        sweep += ", endless"
        made = make_planner(planner, endless, model=name, lead=lead)
        for update in active(lens, model, made, slots=slots, lead=lead, times_ms=times_ms)[_FEWEST - 1 :]:
            yield row_of(update, truth, model=name, scene=lens.name, number=lens.number, sweep=sweep)


if __name__ == "__main__":
    with piped():
        main(tyro.cli(Settings))
