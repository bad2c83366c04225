"""Depth in metres of simulated rigs that were calibrated from nothing.

Every rig has hidden random parameters. It is calibrated in full; then it looks at a scene, once with the
profile that was found and once with that of a perfect calibration; both maps are judged against the truth.
The scene is also swept up and down, with and without the timing that was found.

    python -m benchmarks.calibrated_depth --seeds 6 --results depth.jsonl --figure calibrated_depth.jpg
"""

import functools
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import tyro

from benchmarks.shared.depth_figure import DepthPictures, save_figure
from benchmarks.shared.perfect_profile import perfect_profile
from benchmarks.shared.piped import piped
from calibration.apply.corrected_estimator import CorrectedEstimator
from calibration.apply.profile import CalibrationProfile
from calibration.apply.rectifier import Rectifier
from calibration.measure.fits.board import Board
from calibration.measure.live.procedures import (
    run_breathing,
    run_field,
    run_flatfield,
    run_focus,
    run_intrinsics,
    run_timing,
)
from calibration.measure.live.stage import SimulatedStage
from capture.simulator.camera.camera import SimulatedCamera
from capture.simulator.hidden.rig import HiddenRig
from capture.simulator.hidden.truth import HiddenTruth
from capture.simulator.hidden.virtual_clock import HostClock
from capture.simulator.optics.surface import float_image
from capture.sweep.live import LiveSweep
from capture.sweep.plan import SweepConfig
from engines.choice.choose import make_model
from focstream.depth_update import FloatMap
from focstream.types import DepthUpdate, FocalSlice, FocusScale
from inference.config import InferenceConfig
from inference.depth_model import DepthModel
from inference.policies import RefineEstimator

SCENES = ("tabletop", "cards", "steps", "relief", "mixed")
FAR_DPT, NEAR_DPT = 0.6, 3.2
_FIELD_DPT = 0.25  # the field of the lens bends the scene: the sweep reaches beyond it
MODELS = ("small", "sharpness")
MOST_RATIO = 1.2
MOST_SLOTS = 0.25
_DATE = "benchmark"
_READ_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What to run.

    Attributes
    ----------
    seeds, first
        How many rigs, and the seed of the first.
    width_px, height_px
        Of the pictures.
    slots
        Slices of the staircase.
    triangle_slots
        Slices of the sweeps up and down.
    results
        File to add every result to, a line of JSON each; seeds that are in it are not run again.
    picture
        Picture of the first rig to save.
    """

    seeds: int = 6
    first: int = 0
    width_px: int = 480
    height_px: int = 360
    slots: int = 10
    triangle_slots: int = 16
    results: Path | None = None
    picture: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Result for one rig, one scene and one model.

    Attributes
    ----------
    found_m, perfect_m, raw_m
        Median error with the profile found, with the perfect one, and uncalibrated.
    within_1_sigma, within_2_sigma
        Share of the truth, in metres, with the profile found.
    up_down_slots, untimed_slots
        Median difference of sweeps up and down, with and without the timing found.
    """

    seed: int
    scene: str
    model: str
    found_m: float
    perfect_m: float
    raw_m: float
    within_1_sigma: float
    within_2_sigma: float
    up_down_slots: float
    untimed_slots: float


def main(settings: Settings) -> int:
    """Print a row for every rig and model, and the means; returns 1 when a criterion is missed."""
    known = _known(settings)
    results: list[Result] = []
    print(
        f"{'seed':>4} {'scene':9}{'model':10}{'found mm':>9}{'perfect':>9}{'ratio':>7}{'raw':>8}"
        f"{'in 1 s':>8}{'in 2 s':>8}{'up/down slots':>15}{'untimed':>9}"
    )
    for seed in range(settings.first, settings.first + settings.seeds):
        rows = known.get(seed) or _run(settings, seed)
        for row in rows:
            _show(row)
        if seed not in known and settings.results is not None:
            with settings.results.open("a", encoding="utf-8") as file:
                file.write("".join(json.dumps(asdict(row)) + "\n" for row in rows))
        results += rows
    met = [_judge(results, model=model) for model in MODELS]
    return int(not all(met))


def _run(settings: Settings, seed: int) -> list[Result]:
    start_s = time.perf_counter()
    truth = HiddenTruth.random(seed)
    size_px = (settings.width_px, settings.height_px)
    profile = calibrate(truth, size_px=size_px)
    kind = SCENES[seed % len(SCENES)]
    rig = HiddenRig(truth, size_px=size_px, clock=HostClock())
    perfect = perfect_profile(rig, profile)
    stairs = SweepConfig(slots=settings.slots, far_dpt=FAR_DPT - _FIELD_DPT, near_dpt=NEAR_DPT + _FIELD_DPT)
    triangle = stairs.model_copy(update={"slots": settings.triangle_slots, "waveform": "triangle"})
    assert profile.timing is not None
    # Its settle time stays: it only says how far to run out at the turns.
    late = profile.timing.model_copy(update={"latency_s": 0.0, "hysteresis": 0.0})
    untimed = profile.model_copy(update={"timing": late})
    camera = rig.at_scene(kind, seed, far_dpt=FAR_DPT, near_dpt=NEAR_DPT)
    truth_dpt = _truth_dpt(rig, camera.truth_vergence_dpt, profile)
    swept = {
        name: _sweeps(rig, camera, stairs, profile=used, count=1)[0]
        for name, used in (("found", profile), ("perfect", perfect), ("raw", None))
    }
    # The first sweep may have begun late; the two after it go down and up.
    up_and_down = [
        (_sweeps(rig, camera, triangle, profile=used, count=3)[1:], used) for used in (profile, untimed)
    ]
    seconds = time.perf_counter() - start_s
    print(f"# seed {seed}: calibrated and swept in {seconds:.0f} s", file=sys.stderr, flush=True)
    rows = []
    for model in MODELS:
        maps = {
            "found": _depth(swept["found"], profile, model=model),
            "perfect": _depth(swept["perfect"], perfect, model=model),
            "raw": _depth(swept["raw"], None, model=model),
        }
        up_down = [
            _difference_slots([_depth(s, used, model=model) for s in sweeps], slots=settings.triangle_slots)
            for sweeps, used in up_and_down
        ]
        rows.append(_result(seed, kind, model, maps, truth_dpt=truth_dpt, up_down=up_down))
        if settings.picture is not None and seed == settings.first and model == "small":
            pictures = DepthPictures(
                scene=maps["found"].all_in_focus,
                truth_m=1.0 / truth_dpt,
                maps_m={name: maps[name].depth() for name in ("raw", "found", "perfect")},
            )
            save_figure(settings.picture, pictures)
    return rows


def calibrate(truth: HiddenTruth, *, size_px: tuple[int, int]) -> CalibrationProfile:
    """Every procedure, one after the other, with the simulated rig's own clock."""
    stage = SimulatedStage(HiddenRig(truth, size_px=size_px))
    far_dpt, near_dpt = truth.limits_dpt
    vergences = [float(dpt) for dpt in np.linspace(max(far_dpt + 0.9, 0.2), near_dpt - 1.0, 7)]
    focus = run_focus(stage, vergences_dpt=vergences, date=_DATE).part
    board = Board(square_m=0.011)
    return CalibrationProfile(
        device=stage.device,
        date=_DATE,
        focus=focus,
        timing=run_timing(stage, date=_DATE).part,
        breathing=run_breathing(stage, focus, settings=13, date=_DATE).part,
        intrinsics=run_intrinsics(stage, focus, board, vergences_dpt=(2.0, 2.5, 3.0), views=12, date=_DATE),
        field=run_field(stage, focus, date=_DATE),
        flatfield=run_flatfield(stage, focus, settings=4, date=_DATE),
    )


def _sweeps(
    rig: HiddenRig,
    camera: SimulatedCamera,
    sweep: SweepConfig,
    *,
    profile: CalibrationProfile | None,
    count: int,
) -> list[list[FocalSlice]]:
    """Slices of some sweeps, as recorded: of each slot the first one."""
    sweeps: dict[int, list[FocalSlice]] = {}
    source = LiveSweep(camera, rig.lens, sweep=sweep, level="approximate", profile=profile)
    with source:
        while True:
            focal_slice = source.read(_READ_S)
            if focal_slice is None or focal_slice.tag.settling:
                continue
            if focal_slice.tag.sweep_id >= count:
                return [sweeps[index] for index in range(count)]
            sweeps.setdefault(focal_slice.tag.sweep_id, []).append(focal_slice)


def _truth_dpt(rig: HiddenRig, truth_dpt: FloatMap, profile: CalibrationProfile) -> FloatMap:
    """Truth as seen at the reference of the profile's breathing, which all slices are moved to."""
    assert profile.breathing is not None
    scale = rig.truth.breathing.magnification(profile.breathing.reference_dpt)
    centre = np.array([rig.intrinsics.cx_px, rig.intrinsics.cy_px])
    matrix = np.column_stack((scale * np.eye(2), (1.0 - scale) * centre))
    size = (truth_dpt.shape[1], truth_dpt.shape[0])
    return float_image(
        cv2.warpAffine(truth_dpt, matrix, size, flags=cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
    )


def _depth(slices: Sequence[FocalSlice], profile: CalibrationProfile | None, *, model: str) -> DepthUpdate:
    """Estimate the final map of one sweep."""
    rectifier = Rectifier(profile)
    estimator = CorrectedEstimator(RefineEstimator(_model(model)), rectifier)
    for focal_slice in rectifier.attach(slices[:-1]):
        estimator.push(focal_slice, show=False)
    final = estimator.push(rectifier.rectify(slices[-1])) or estimator.finish()
    assert final is not None
    return final


@functools.cache
def _model(name: str) -> DepthModel[Any, Any]:
    return make_model(InferenceConfig.model_validate({"model": name}))


def _difference_slots(maps: Sequence[DepthUpdate], *, slots: int) -> float:
    """Median difference of two maps, in slots of the sweep."""
    first, second = maps
    assert isinstance(first.scale, FocusScale)
    gap_dpt = np.abs(first.vergence_dpt() - second.vergence_dpt())
    return float(np.nanmedian(gap_dpt)) / first.scale.span_dpt * (slots - 1)


def _result(
    seed: int,
    scene: str,
    model: str,
    maps: Mapping[str, DepthUpdate],
    *,
    truth_dpt: FloatMap,
    up_down: Sequence[float],
) -> Result:
    truth_m = 1.0 / truth_dpt
    error_m = {name: np.abs(update.depth() - truth_m) for name, update in maps.items()}
    share = error_m["found"] / maps["found"].sigma()
    share = share[np.isfinite(share)]
    return Result(
        seed=seed,
        scene=scene,
        model=model,
        **{f"{name}_m": float(np.nanmedian(error)) for name, error in error_m.items()},
        within_1_sigma=float(np.mean(share < 1.0)),
        within_2_sigma=float(np.mean(share < 2.0)),
        up_down_slots=up_down[0],
        untimed_slots=up_down[1],
    )


def _known(settings: Settings) -> dict[int, list[Result]]:
    """Results of earlier runs, by seed."""
    if settings.results is None or not settings.results.exists():
        return {}
    known: dict[int, list[Result]] = {}
    for line in settings.results.read_text(encoding="utf-8").splitlines():
        result = Result(**json.loads(line))
        known.setdefault(result.seed, []).append(result)
    return known


def _show(row: Result) -> None:
    print(
        f"{row.seed:4d} {row.scene:9}{row.model:10}{1e3 * row.found_m:9.2f}{1e3 * row.perfect_m:9.2f}"
        f"{row.found_m / row.perfect_m:7.2f}{1e3 * row.raw_m:8.1f}{100 * row.within_1_sigma:8.1f}"
        f"{100 * row.within_2_sigma:8.1f}{row.up_down_slots:15.3f}{row.untimed_slots:9.3f}",
        flush=True,
    )


def _judge(results: Sequence[Result], *, model: str) -> bool:
    """Print the means of a model and the criteria; return whether it meets them."""
    rows = [result for result in results if result.model == model]
    ratios = [row.found_m / row.perfect_m for row in rows]
    one, two = (float(np.mean([getattr(r, f"within_{k}_sigma") for r in rows])) for k in (1, 2))
    apart = max(row.up_down_slots for row in rows)
    print(
        f"{model}: error {np.median(ratios):.2f} times that of a perfect calibration (median; worst "
        f"{max(ratios):.2f}; {MOST_RATIO} allowed)\n"
        f"  {100 * one:.1f} / {100 * two:.1f} % of the truth within 1 / 2 sigma (68 / 95 +-5 wanted)\n"
        f"  up and down differ by {apart:.3f} slots at most ({MOST_SLOTS} allowed), without timing by "
        f"{min(row.untimed_slots for row in rows):.2f} at least"
    )
    honest = abs(one - 0.68) <= 0.05 and abs(two - 0.95) <= 0.05
    return max(ratios) <= MOST_RATIO and honest and apart <= MOST_SLOTS


if __name__ == "__main__":
    with piped():
        sys.exit(main(tyro.cli(Settings)))
