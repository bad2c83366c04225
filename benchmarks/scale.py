"""Error and time of both models on images of full, half and a quarter of the size.

The scenes, noise and slots are those of `benchmarks.classical`. Errors are those of the final map of every
sweep, on textured pixels; slices of all ways are timed in turns, from image to maps.

    python -m benchmarks.scale --report scale.json
"""

import json
import time
from dataclasses import asdict, dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import tyro
from numpy.typing import NDArray

from benchmarks.classical import OPTICS, SCENES, compare, noisy_stack
from benchmarks.shared.measure import percentiles
from benchmarks.shared.piped import piped
from capture.simulator.optics.surface import Scene
from capture.simulator.scenes.kinds import make_scene
from engines.choice.choose import make_model
from engines.choice.faster import NETWORKS
from engines.graphs.folder import is_shipped
from focstream.program.device import device
from focstream.program.memory import keep_freed_memory
from inference.config import InferenceConfig
from inference.depth_model import DepthMaps, DepthModel

SCALES = (1.0, 0.5, 0.25)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What to measure.

    Attributes
    ----------
    scenes
        So many of the scenes of `benchmarks.classical`.
    slices
        Slices of a sweep.
    width_px, height_px
        Of the images.
    warm_up
        Slices of every way whose time is not counted.
    report
        File for the table.
    """

    scenes: int = len(SCENES)
    slices: int = 10
    width_px: int = 640
    height_px: int = 480
    warm_up: int = 10
    report: Path | None = None


@dataclass(slots=True, kw_only=True)
class Way:
    """One model at one scale: what came out of it."""

    model: str
    scale: float
    estimate: DepthModel[Any, Any]
    times_ms: list[float] = field(default_factory=list)
    median_errors: list[float] = field(default_factory=list)
    mean_errors: list[float] = field(default_factory=list)
    shares_within_sigma: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Means over the scenes, errors as shares of the sweep; percentiles of the slices."""

    model: str
    engine: str
    scale: float
    median_error: float
    mean_error: float
    share_within_sigma: float
    times: str
    slices_s: float
    n: int


def main(settings: Settings) -> None:
    """Print a table of all models at every scale."""
    keep_freed_memory()
    ways = [
        Way(model=name, scale=scale, estimate=make_model(InferenceConfig(model=name, scale=scale)))
        for name, scale in product((*filter(is_shipped, NETWORKS), "sharpness"), SCALES)
    ]
    for kind, seed in SCENES[: settings.scenes]:
        scene = make_scene(
            kind, seed, width_px=settings.width_px, height_px=settings.height_px, optics=OPTICS
        )
        stack = noisy_stack(scene, length=settings.slices, seed=seed)
        for way in ways:
            _note(way, scene, _swept(way, stack))
    print(f"{device()}, OpenCV {cv2.__version__}; perf_counter")
    print(
        f"{settings.width_px} × {settings.height_px} grey, {settings.scenes} scenes of {settings.slices} "
        f"slices, the ways in turns, warm-up {settings.warm_up}"
    )
    rows = [_row(way, warm_up=settings.warm_up) for way in ways]
    print("| model | scale | median error | mean error | within 1 σ | ms a slice | slices/s | n |")
    print("|---|---|---|---|---|---|---|---|")
    for row in rows:
        print(
            f"| {row.model}, {row.engine} | {row.scale:g} | {row.median_error:.4f} | {row.mean_error:.4f} "
            f"| {row.share_within_sigma:.0%} | {row.times} | {row.slices_s:.1f} | {row.n} |"
        )
    if settings.report is not None:
        table = {"rows": [asdict(row) for row in rows], "device": device()}
        settings.report.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


def _swept(way: Way, stack: list[NDArray[np.uint8]]) -> DepthMaps:
    """Return the last map of one sweep; note what each slice took."""
    state = way.estimate.initial_state(stack[0].shape)
    for image, coordinate in zip(stack, np.linspace(0.0, 1.0, len(stack)), strict=True):
        start_ns = time.perf_counter_ns()
        state, maps = way.estimate.step(image, float(coordinate), state)
        way.times_ms.append((time.perf_counter_ns() - start_ns) * 1e-6)
    return maps


def _note(way: Way, scene: Scene, maps: DepthMaps) -> None:
    row = compare(maps, scene=scene, name="", slices=0)
    way.median_errors.append(row.median_error)
    way.mean_errors.append(row.mean_error)
    way.shares_within_sigma.append(row.share_within_sigma)


def _row(way: Way, *, warm_up: int) -> Row:
    counted = way.times_ms[warm_up:] or way.times_ms
    return Row(
        model=way.model,
        engine=way.estimate.engine,
        scale=way.scale,
        median_error=float(np.mean(way.median_errors)),
        mean_error=float(np.mean(way.mean_errors)),
        share_within_sigma=float(np.mean(way.shares_within_sigma)),
        times=percentiles(counted, digits=1),
        slices_s=1e3 / float(np.median(counted)),
        n=len(counted),
    )


if __name__ == "__main__":
    with piped():
        main(tyro.cli(Settings))
