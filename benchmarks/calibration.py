"""Calibrate simulated rigs with hidden random parameters and judge what was found.

Run: python -m benchmarks.calibration --seeds 20 --results calibration.jsonl

Results already in the file are reused, so a run can be interrupted and continued. Several processes can share
the seeds of one run (--first, --seeds).
"""

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tyro

from benchmarks.shared.piped import piped
from calibration.apply.alignment.similarity import Similarity
from calibration.apply.parts import BreathingPart, FocusPart, IntrinsicsPart, TimingPart
from calibration.measure.fits.board import Board
from calibration.measure.fits.settling import BAND
from calibration.measure.live.procedures import (
    run_breathing,
    run_field,
    run_flatfield,
    run_focus,
    run_intrinsics,
    run_timing,
)
from calibration.measure.live.stage import SimulatedStage
from capture.simulator.hidden.rig import HiddenRig
from capture.simulator.hidden.truth import HiddenTruth
from focstream.types import FocstreamError

LIMITS = {
    "focus dpt": 0.01,
    "latency ms": 0.5,
    "hysteresis dpt": 0.005,
    "settle ms": 2.0,
    "scale": 1e-3,
    "misfit px": 0.3,
    "focal %": 0.3,
    "field dpt": 0.02,
    "shade %": 1.0,
}
"""Largest error allowed of each quantity; the last two are this benchmark's own."""

_FAR_MARGIN_DPT, _NEAR_MARGIN_DPT = 0.9, 1.0
_SETTINGS_DPT = (2.0, 2.5, 3.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What to run.

    Attributes
    ----------
    seeds
        How many rigs.
    first
        Seed of the first.
    width_px, height_px
        Of the pictures.
    results
        File to add every result to, a line of JSON each; seeds at this size that are in it are not run again.
    """

    seeds: int = 20
    first: int = 0
    width_px: int = 480
    height_px: int = 360
    results: Path | None = None


def main(settings: Settings) -> int:
    """Print the errors of every rig, the worst, and the limits; returns 1 when one is past its limit."""
    print(f"{'seed':>5}" + "".join(f"{name:>16}" for name in LIMITS) + f"{'s':>7}", flush=True)
    known = _known(settings)
    rows = []
    for seed in range(settings.first, settings.first + settings.seeds):
        if seed in known:
            rows.append(known[seed])
            _show(f"{seed:5d}", rows[-1], tail="  known")
            continue
        start_s = time.perf_counter()
        try:
            rows.append(judge(HiddenTruth.random(seed), size_px=(settings.width_px, settings.height_px)))
        except FocstreamError as error:
            print(f"{seed:5d}  refused: {error}", flush=True)
            rows.append(dict.fromkeys(LIMITS, float("inf")))
            continue
        _show(f"{seed:5d}", rows[-1], tail=f"{time.perf_counter() - start_s:7.0f}")
        _keep(settings, seed=seed, errors=rows[-1])
    worst = {name: max(row[name] for row in rows) for name in LIMITS}
    _show("worst", worst)
    _show("limit", LIMITS)
    return int(any(worst[name] > limit for name, limit in LIMITS.items()))


def judge(truth: HiddenTruth, *, size_px: tuple[int, int]) -> dict[str, float]:
    """Largest error of every quantity after a full calibration of one rig."""
    rig = HiddenRig(truth, size_px=size_px)
    stage = SimulatedStage(rig)
    far_dpt, near_dpt = truth.limits_dpt
    vergences = np.linspace(max(far_dpt + _FAR_MARGIN_DPT, 0.2), near_dpt - _NEAR_MARGIN_DPT, 7)
    focus = run_focus(stage, vergences_dpt=[float(dpt) for dpt in vergences], date="benchmark").part
    timing = run_timing(stage, date="benchmark").part
    breathing = run_breathing(stage, focus, settings=13, date="benchmark").part
    field = run_field(stage, focus, date="benchmark")
    flatfield = run_flatfield(stage, focus, settings=3, date="benchmark")
    board = Board(square_m=0.011)
    intrinsics = run_intrinsics(
        stage,
        focus,
        board,
        vergences_dpt=_SETTINGS_DPT,
        views=12,
        breathing=breathing,
        date="benchmark",
    )
    shape = (size_px[1], size_px[0])
    y, x = (
        np.mgrid[: shape[0], : shape[1]] - np.array([(shape[0] - 1) / 2, (shape[1] - 1) / 2])[:, None, None]
    )
    true_light = 1.0 - truth.vignetting * 4.0 * (x**2 + y**2) / (shape[0] ** 2 + shape[1] ** 2)
    light = flatfield.brightness(2.0, shape)
    return {
        **_focus_errors(focus, timing, truth),
        **_breathing_errors(breathing, rig, focus),
        "focal %": _focal_error(intrinsics, truth),
        "field dpt": max(
            abs(field.curvature_dpt - truth.curvature_dpt),
            abs(field.tilt_x_dpt - truth.tilt_dpt[0]),
            abs(field.tilt_y_dpt - truth.tilt_dpt[1]),
        ),
        "shade %": 100.0 * float(np.abs(light / true_light - 1.0).max()),
    }


def _known(settings: Settings) -> dict[int, dict[str, float]]:
    """Results of earlier runs at this size, by seed."""
    if settings.results is None or not settings.results.exists():
        return {}
    lines = settings.results.read_text(encoding="utf-8").splitlines()
    results = [json.loads(line) for line in lines if line.strip()]
    size_px = [settings.width_px, settings.height_px]
    return {int(result["seed"]): result["errors"] for result in results if result["size_px"] == size_px}


def _keep(settings: Settings, *, seed: int, errors: dict[str, float]) -> None:
    """Add a result in one write, so that processes may share the file."""
    if settings.results is None:
        return
    result = {"seed": seed, "size_px": [settings.width_px, settings.height_px], "errors": errors}
    with settings.results.open("a", encoding="utf-8") as file:
        file.write(json.dumps(result) + "\n")


def _focus_errors(focus: FocusPart, timing: TimingPart, truth: HiddenTruth) -> dict[str, float]:
    reference_c = focus.reference_c or 25.0
    drift_dpt = truth.drift_dpt_per_k * (reference_c - 25.0)
    commands = [float(command) for command in np.linspace(*focus.command_range, 50)]
    errors = [
        focus.to_dpt(command, temperature_c=reference_c) - truth.to_dpt(command) - drift_dpt
        for command in commands
    ]
    middle = sum(truth.commands) / 2.0
    slope = truth.gain + 2.0 * truth.curve * middle
    settle_s = truth.lens.settle_s(1.0, tolerance_dpt=BAND)
    return {
        "focus dpt": float(np.abs(errors).max()),
        "latency ms": 1e3 * abs(timing.latency_s - truth.lens.latency_s),
        "hysteresis dpt": abs(timing.hysteresis * slope - truth.lens.hysteresis_dpt),
        "settle ms": 1e3 * abs((timing.settle_s or 0.0) - settle_s),
    }


def _breathing_errors(breathing: BreathingPart, rig: HiddenRig, focus: FocusPart) -> dict[str, float]:
    """Scale, and the motion left in the corners once undone, over the range of the map."""
    true = rig.truth.breathing.magnification
    scales, motions = [], []
    low, high = (focus.to_dpt(command) for command in focus.command_range)
    for dpt in np.linspace(low, high, 20):
        scale = true(float(dpt)) / true(breathing.reference_dpt)
        cx_px, cy_px = rig.intrinsics.cx_px, rig.intrinsics.cy_px
        exact = Similarity(a=scale, x_px=(1.0 - scale) * cx_px, y_px=(1.0 - scale) * cy_px)
        scales.append(abs(breathing.scale(float(dpt)) - scale))
        left = breathing.similarity(float(dpt)).after(exact.inverse())
        motions.append(left.largest_motion_px(rig.size_px))
    return {"scale": max(scales), "misfit px": max(motions)}


def _focal_error(intrinsics: IntrinsicsPart, truth: HiddenTruth) -> float:
    errors = []
    for dpt in _SETTINGS_DPT:
        exact_px = truth.optics.focal_length_px * truth.breathing.magnification(dpt)
        errors.append(abs(intrinsics.at(dpt).fx_px / exact_px - 1.0))
    return 100.0 * max(errors)


def _show(head: str, row: dict[str, float], *, tail: str = "") -> None:
    print(f"{head:>5}" + "".join(f"{row[name]:16.4f}" for name in LIMITS) + tail, flush=True)


if __name__ == "__main__":
    with piped():
        sys.exit(main(tyro.cli(Settings)))
