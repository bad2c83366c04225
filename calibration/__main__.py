"""``python -m calibration focus|timing|breathing|intrinsics|flatfield|show|check``."""

import logging
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ConfigDict, Field

from calibration.fits.board import Board
from calibration.fits.focus_map import confidence_band_dpt, re_reference
from calibration.live.measure import measure_focus
from calibration.live.plots import plot_fit
from calibration.live.procedures import (
    FocusRun,
    needed,
    run_breathing,
    run_field,
    run_flatfield,
    run_focus,
    run_intrinsics,
    run_timing,
)
from calibration.live.stage import HandStage, SimulatedStage
from calibration.parts import Part
from calibration.profile import CalibrationProfile, Device, read_profile
from calibration.profile_file import write_profile
from capture.open_source import CaptureConfig, open_devices
from capture.simulator.hidden_rig import HiddenRig
from capture.simulator.hidden_truth import HiddenTruth
from capture.simulator.rig import camera_settings
from focstream import FocstreamError, InputError
from focstream.settings import load_settings

_PROG = "python -m calibration"


class Settings(CaptureConfig):
    """What every procedure needs to know."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    profile: Path | None = Path("calibration.toml")
    """The profile to make or to add to."""
    plots: Path = Path("calibration_plots")
    """Folder for the plots."""


class FocusSettings(Settings):
    """Distances of the focus map."""

    distances_m: tuple[float, ...] = ()
    """Distances from the lens to the target; spread them evenly in 1/distance. Default for sim: its range."""
    re_reference: bool = False
    """Refit only the offset of the map, from the first distance: what drifts in a day."""


class SweptSettings(Settings):
    """Focus settings of a procedure."""

    settings: int = Field(default=13, ge=7, le=99)
    """Focus settings over the range of the map."""


class BoardSettings(Settings):
    """Views of a ChArUco board (DICT_4X4_250)."""

    columns: int = Field(default=11, ge=4)
    """Squares across."""
    rows: int = Field(default=8, ge=4)
    """Squares down."""
    square_m: float = Field(default=0.01, gt=0)
    """Side of a square as printed: measure it."""
    views: int = Field(default=10, ge=5)
    """Poses for each focus setting."""
    distances_m: tuple[float, ...] = (0.5, 0.4, 0.33)
    """Distances at which the board is shown, and focused at."""


class FileSettings(Settings):
    """Which profile to show or to check."""


def _focus(settings: FocusSettings) -> None:
    """From commands of the lens to vergences, with targets at known distances."""
    with _stage(settings) as stage:
        vergences = _vergences(settings)
        if settings.re_reference:
            profile = _profile(settings, stage.device)
            focus = needed(profile.focus, path=settings.profile)
            with stage.wall(vergences[0]) as station:
                sample = measure_focus(station, vergences[0])
            _save(settings, stage.device, "focus", re_reference(focus, sample, date=_today()))
            return
        run = run_focus(stage, vergences_dpt=vergences, date=_today())
        _plot_focus(settings, run)
        _save(settings, stage.device, "focus", run.part)


def _timing(settings: Settings) -> None:
    """Latency, hysteresis and settle time, from sweeps and steps before one target."""
    with _stage(settings) as stage:
        run = run_timing(stage, date=_today())
        speed = np.array([sample.speed for sample in run.samples])
        gap = np.array([sample.up - sample.down for sample in run.samples])
        line = np.linspace(0.0, speed.max(), 50)
        modelled = 2.0 * run.part.latency_s * speed + run.part.hysteresis
        plot_fit(
            settings.plots / "timing.png",
            data=(speed, gap),
            fit=(line, 2.0 * run.part.latency_s * line + run.part.hysteresis),
            band=None,
            residuals=gap - modelled,
            labels=("speed (command/s)", "up − down (command)"),
            title=f"latency {1e3 * run.part.latency_s:.2f} ms, hysteresis {run.part.hysteresis:.4f}",
        )
        _save(settings, stage.device, "timing", run.part)


def _breathing(settings: SweptSettings) -> None:
    """Magnification over focus, from one textured target."""
    with _stage(settings) as stage:
        focus = needed(_profile(settings, stage.device).focus, path=settings.profile)
        run = run_breathing(stage, focus, settings=settings.settings, date=_today())
        dpt = np.array([sample.focus_dpt for sample in run.samples])
        scale = np.array([sample.transform.scale for sample in run.samples])
        line = np.linspace(dpt.min(), dpt.max(), 50)
        plot_fit(
            settings.plots / "breathing.png",
            data=(dpt, scale),
            fit=(line, np.array([run.part.scale(float(d)) for d in line])),
            band=None,
            residuals=scale - np.array([run.part.scale(float(d)) for d in dpt]),
            labels=("focus (dpt)", "scale"),
            title=f"{100 * run.part.per_dpt:+.3f} %/dpt, {run.part.held_out_px:.3f} px left, held out",
        )
        _save(settings, stage.device, "breathing", run.part)


def _intrinsics(settings: BoardSettings) -> None:
    """Intrinsics over focus from views of a board, and field curvature from a flat target."""
    board = Board(columns=settings.columns, rows=settings.rows, square_m=settings.square_m)
    with _stage(settings) as stage:
        focus = needed(_profile(settings, stage.device).focus, path=settings.profile)
        vergences = [1.0 / distance_m for distance_m in settings.distances_m]
        part = run_intrinsics(
            stage, focus, board, vergences_dpt=vergences, views=settings.views, date=_today()
        )
        _save(settings, stage.device, "intrinsics", part)
        _save(settings, stage.device, "field", run_field(stage, focus, date=_today()))


def _flatfield(settings: SweptSettings) -> None:
    """Vignetting from an evenly lit white surface."""
    with _stage(settings) as stage:
        focus = needed(_profile(settings, stage.device).focus, path=settings.profile)
        _save(settings, stage.device, "flatfield", run_flatfield(stage, focus, settings=4, date=_today()))


def _show(settings: FileSettings) -> None:
    """Print a profile."""
    profile = read_profile(_path(settings))
    lines = [f"{_path(settings)}: {profile.device}, {profile.date}, {profile.calibration_id}"]
    for name in ("focus", "timing", "breathing", "intrinsics", "field", "flatfield"):
        part = getattr(profile, name)
        lines.append(f"{name:11}" + ("uncalibrated" if part is None else f"{part.level}, {part.date}"))
        lines += [] if part is None else _table(part)
    sys.stdout.write("\n".join(lines) + "\n")


def _check(settings: FocusSettings) -> None:
    """Measure targets at known distances and tell how far off the profile is; changes nothing."""
    with _stage(settings) as stage:
        focus = needed(_profile(settings, stage.device).focus, path=settings.profile)
        sys.stdout.write(f"{'distance m':>11}{'found m':>11}{'error dpt':>11}{'sigma dpt':>11}\n")
        for vergence_dpt in _vergences(settings):
            with stage.wall(vergence_dpt) as station:
                sample = measure_focus(station, vergence_dpt)
            found_dpt = focus.to_dpt(sample.command, temperature_c=sample.temperature_c)
            sigma_dpt = focus.sigma_dpt(sample.command, temperature_c=sample.temperature_c)
            error_dpt = found_dpt - vergence_dpt
            sys.stdout.write(
                f"{1 / vergence_dpt:11.4f}{1 / found_dpt:11.4f}{error_dpt:11.4f}{sigma_dpt:11.4f}\n"
            )


def _stage(settings: Settings) -> SimulatedStage | HandStage:
    if settings.replay is not None:
        raise InputError(
            "calibrating needs a camera and a lens that it can move: give --camera, not --replay"
        )
    if settings.camera == "sim":
        sim = settings.sim
        size_px = (sim.width_px, sim.height_px)
        return SimulatedStage(
            HiddenRig(
                HiddenTruth.of(sim), size_px=size_px, settings=camera_settings(sim), fault=sim.target_fault
            )
        )
    if settings.camera is None:
        raise InputError("nothing to calibrate: give --camera (and --lens), or --camera sim")
    return HandStage(*open_devices(settings))


def _vergences(settings: FocusSettings) -> list[float]:
    if settings.distances_m:
        return [1.0 / distance_m for distance_m in settings.distances_m]
    if settings.camera != "sim":
        raise InputError("give the distances of the target, such as --distances-m 0.3 0.4 0.5 0.8 2.0")
    return [float(dpt) for dpt in np.linspace(settings.sim.far_dpt, settings.sim.near_dpt, 7)]


def _path(settings: Settings) -> Path:
    if settings.profile is None:
        raise InputError("give the file of the profile: --profile FILE")
    return settings.profile


def _profile(settings: Settings, device: Device) -> CalibrationProfile:
    """Return the profile to add to: the one in the file, or a new one."""
    path = _path(settings)
    if not path.exists():
        return CalibrationProfile(device=device, date=_today())
    profile = read_profile(path)
    profile.require(device, path=path)
    return profile


def _save(settings: Settings, device: Device, name: str, part: Part) -> None:
    path = _path(settings)
    profile = _profile(settings, device).model_copy(update={name: part, "date": _today()})
    write_profile(profile, path)
    sys.stdout.write("\n".join([f"{name}: {part.level}, written to {path}", *_table(part)]) + "\n")


def _table(part: Part) -> list[str]:
    left_out = {"level", "date", "covariance", "coefficients"}
    values = part.model_dump(exclude=left_out, exclude_none=True)
    return [f"  {key:24}{_number(value)}" for key, value in values.items()]


def _number(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(_number(item) for item in value)
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _plot_focus(settings: Settings, run: FocusRun) -> None:
    command = np.array([sample.command for sample in run.samples])
    truth = np.array([sample.vergence_dpt for sample in run.samples])
    modelled = np.array([run.part.to_dpt(s.command, temperature_c=s.temperature_c) for s in run.samples])
    line = np.linspace(command.min(), command.max(), 100)
    plot_fit(
        settings.plots / "focus.png",
        data=(command, truth),
        fit=(line, np.array([run.part.to_dpt(float(c)) for c in line])),
        band=confidence_band_dpt(run.part, line),
        residuals=truth - modelled,
        labels=("command", "vergence (dpt)"),
        title=f"residual {run.part.residual_dpt:.4f} dpt, leave-one-out {run.part.leave_one_out_dpt:.4f} dpt",
    )


def _today() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


_COMMANDS: dict[str, tuple[type[Settings], Callable[[Any], None]]] = {
    "focus": (FocusSettings, _focus),
    "timing": (Settings, _timing),
    "breathing": (SweptSettings, _breathing),
    "intrinsics": (BoardSettings, _intrinsics),
    "flatfield": (SweptSettings, _flatfield),
    "show": (FileSettings, _show),
    "check": (FocusSettings, _check),
}


def main(argv: Sequence[str]) -> int:
    """Run one command; returns the exit code."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    try:
        if not argv or argv[0] not in _COMMANDS:
            sys.stdout.write(_help())
            return 0 if argv in (["--help"], ["-h"]) else InputError.exit_code
        model, command = _COMMANDS[argv[0]]
        command(load_settings(model, argv[1:], prog=f"{_PROG} {argv[0]}"))
    except FocstreamError as error:
        logging.getLogger(_PROG).error("%s: %s", _PROG, error)  # noqa: TRY400 - one clear line, no traceback
        return error.exit_code
    except (KeyboardInterrupt, EOFError):
        return 130
    return 0


def _help() -> str:
    lines = [f"usage: {_PROG} COMMAND [options]; {_PROG} COMMAND --help tells the options", ""]
    for name, (_, command) in _COMMANDS.items():
        lines.append(f"  {name:12}{(command.__doc__ or '').strip()}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
