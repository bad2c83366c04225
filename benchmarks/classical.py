"""Accuracy and speed of the classical estimator on simulated scenes.

Every scene is rendered by the simulator at the slots of a staircase from its far to its near limit, with shot
and read noise and 8 bits; then its slices go one by one through encode, update and decode, as they do live.

    python -m benchmarks.classical --report classical.json
"""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
import tyro
from numpy.typing import NDArray

from benchmarks.shared.piped import piped
from capture.simulator.optics.numbers import Optics
from capture.simulator.optics.rendering import render
from capture.simulator.optics.surface import Scene
from capture.simulator.scenes.kinds import make_scene
from focstream.program.device import device
from focstream.program.memory import keep_freed_memory
from focstream.types import FocusScale
from inference.depth_model import DepthMaps
from inference.sharpness import SharpnessModel

SCALE = FocusScale(far_dpt=0.5, near_dpt=4.5)
OPTICS = Optics()
SCENES = (
    *((kind, seed) for kind in ("tabletop", "cards", "steps", "relief") for seed in (1, 2)),
    ("fence", 1),
    ("mixed", 1),
)
READ_NOISE = 0.005  # of full scale
SHOT_NOISE = 0.015  # of full scale, at full scale


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What to measure.

    Attributes
    ----------
    slices
        Slices of the sweeps.
    width_px, height_px
        Of the images.
    warm_up
        Slices at the beginning whose time is not counted.
    report
        File for the table.
    """

    slices: tuple[int, ...] = (4, 8, 16, 32)
    width_px: int = 640
    height_px: int = 480
    warm_up: int = 20
    report: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Error of one scene, or the mean of all; coordinates are shares of the sweep."""

    scene: str
    slices: int
    median_error: float
    mean_error: float
    rmse: float
    share_with_depth: float
    share_within_sigma: float


def main(settings: Settings) -> None:
    """Print a table of every scene and sweep length, then the means and the times."""
    keep_freed_memory()
    rows: list[Row] = []
    times_ms: dict[int, list[float]] = {length: [] for length in settings.slices}
    print(f"{'scene':12}{'slices':>7}{'median':>9}{'mean':>9}{'RMSE':>9}{'depth %':>9}{'in 1 sigma %':>14}")
    for kind, seed in SCENES:
        scene = make_scene(
            kind, seed, width_px=settings.width_px, height_px=settings.height_px, optics=OPTICS
        )
        for length in settings.slices:
            maps, spent_ms = _measure(noisy_stack(scene, length=length, seed=seed))
            times_ms[length] += spent_ms
            rows.append(compare(maps, scene=scene, name=f"{kind} {seed}", slices=length))
            _show(rows[-1])
    means = [_mean_of([row for row in rows if row.slices == length]) for length in settings.slices]
    for row in means:
        _show(row)
    timing = _timing(times_ms, settings=settings)
    if settings.report is not None:
        table = {"rows": [asdict(row) for row in (*rows, *means)], "timing": timing, "device": device()}
        settings.report.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


def noisy_stack(scene: Scene, *, length: int, seed: int) -> list[NDArray[np.uint8]]:
    """8-bit slices from far to near."""
    rng = np.random.default_rng(seed)
    stack = []
    for coordinate in np.linspace(0.0, 1.0, length):
        light = render(scene, optics=OPTICS, focus_dpt=SCALE.to_dpt(float(coordinate)))
        deviation = np.sqrt(READ_NOISE**2 + SHOT_NOISE**2 * light)
        noisy = light + deviation * rng.standard_normal(light.shape, np.float32)
        stack.append(np.clip(noisy * 255.0 + 0.5, 0.0, 255.0).astype(np.uint8))
    return stack


def _measure(stack: Sequence[NDArray[np.uint8]]) -> tuple[DepthMaps, list[float]]:
    """Last map of a sweep, and the milliseconds that each slice took."""
    model = SharpnessModel()
    state = model.initial_state(stack[0].shape)
    spent_ms = []
    for image, coordinate in zip(stack, np.linspace(0.0, 1.0, len(stack)), strict=True):
        start_ns = time.perf_counter_ns()
        state = model.update(model.encode(image, float(coordinate)), state)
        maps = model.decode(state)
        spent_ms.append((time.perf_counter_ns() - start_ns) * 1e-6)
    return maps, spent_ms


def compare(maps: DepthMaps, *, scene: Scene, name: str, slices: int) -> Row:
    """Errors on the textured pixels that have depth."""
    truth = SCALE.to_coordinate(scene.truth_vergence_dpt)
    textured = scene.textured & np.isfinite(truth)
    judged = textured & np.isfinite(maps.coordinate)
    error = np.abs(maps.coordinate - truth)[judged]
    return Row(
        scene=name,
        slices=slices,
        median_error=float(np.median(error)),
        mean_error=float(error.mean()),
        rmse=float(np.sqrt(np.mean(error**2))),
        share_with_depth=float(judged.sum() / textured.sum()),
        share_within_sigma=float(np.mean(error < maps.coordinate_sigma[judged])),
    )


def _mean_of(rows: Sequence[Row]) -> Row:
    def mean(name: str) -> float:
        return float(np.mean([getattr(row, name) for row in rows]))

    return Row(
        scene="mean",
        slices=rows[0].slices,
        median_error=mean("median_error"),
        mean_error=mean("mean_error"),
        rmse=mean("rmse"),
        share_with_depth=mean("share_with_depth"),
        share_within_sigma=mean("share_within_sigma"),
    )


def _show(row: Row) -> None:
    print(
        f"{row.scene:12}{row.slices:7d}{row.median_error:9.4f}{row.mean_error:9.4f}{row.rmse:9.4f}"
        f"{100 * row.share_with_depth:9.1f}{100 * row.share_within_sigma:14.1f}"
    )


def _timing(times_ms: dict[int, list[float]], *, settings: Settings) -> dict[str, dict[str, float]]:
    """Print and return the cost of a slice for every sweep length."""
    print(f"\n{device()}, OpenCV {cv2.__version__}, {cv2.getNumThreads()} threads; perf_counter")
    print(f"{settings.width_px} x {settings.height_px} grey, {settings.warm_up} slices of warm-up")
    timing = {}
    left_out = settings.warm_up
    for length, spent_ms in times_ms.items():
        counted = spent_ms[left_out:]
        left_out = max(0, left_out - len(spent_ms))
        p50, p95 = (float(value) for value in np.percentile(counted, (50, 95)))
        print(f"{length:3d} slices: p50 {p50:.1f} ms, p95 {p95:.1f} ms, n {len(counted)}")
        timing[str(length)] = {"p50_ms": p50, "p95_ms": p95, "n": len(counted)}
    return timing


if __name__ == "__main__":
    with piped():
        main(tyro.cli(Settings))
