"""``python -m calibration focus|timing|breathing|intrinsics|field|flatfield|targets|show|check``."""

import logging
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from calibration.command_settings import (
    BoardSettings,
    FileSettings,
    FocusSettings,
    Settings,
    SweptSettings,
    TargetSettings,
)
from calibration.fits.board import board_vergence_dpt
from calibration.fits.focus_map import re_reference
from calibration.intrinsics_file import read_intrinsics
from calibration.live.measure import measure_focus
from calibration.live.procedures import (
    needed,
    run_breathing,
    run_field,
    run_flatfield,
    run_focus,
    run_focus_on_board,
    run_intrinsics,
    run_timing,
)
from calibration.live.stage import HandStage, SimulatedStage
from calibration.parts import Part
from calibration.plots import plot_breathing, plot_focus, plot_timing
from calibration.printed_targets import save_targets
from calibration.profile import CalibrationProfile, Device, read_profile
from calibration.profile_file import write_profile
from calibration.recorded.measure import focus_sample, sharpest_image
from calibration.recorded.procedures import (
    recorded_breathing,
    recorded_field,
    recorded_flatfield,
    recorded_focus,
    recorded_intrinsics,
    recorded_timing,
)
from calibration.recorded.takes import Take, find_takes
from capture.open_source import open_devices
from capture.simulator.hidden_rig import HiddenRig
from capture.simulator.hidden_truth import HiddenTruth
from capture.simulator.rig import camera_settings
from focstream import FocstreamError, InputError, Intrinsics
from focstream.settings import load_settings

_PROG = "python -m calibration"
_FLAT_SETTINGS = 4


def _focus(settings: FocusSettings) -> None:
    """From commands of the lens to vergences, with targets at known distances."""
    if settings.re_reference:
        _re_reference(settings)
        return
    if takes := _takes(settings):
        device = _recorded_device(settings, takes)
        vergences = _recorded_vergences(settings, takes, device)
        run = recorded_focus(takes, vergences_dpt=vergences, date=_today())
    else:
        with _stage(settings) as stage:
            device = stage.device
            if settings.board:
                intrinsics = _intrinsics_by_focus(settings, device)
                run = run_focus_on_board(
                    stage,
                    settings.printed,
                    vergences_dpt=_vergences(settings),
                    intrinsics=intrinsics,
                    date=_today(),
                )
            else:
                run = run_focus(stage, vergences_dpt=_vergences(settings), date=_today())
    plot_focus(settings.plots, run)
    _save(settings, device, "focus", run.part)


def _re_reference(settings: FocusSettings) -> None:
    if takes := _takes(settings):
        device = _recorded_device(settings, takes)
        focus = needed(_profile(settings, device).focus, path=settings.profile)
        sample = focus_sample(takes[0], _recorded_vergences(settings, takes[:1], device)[0])
    else:
        with _stage(settings) as stage:
            device = stage.device
            focus = needed(_profile(settings, device).focus, path=settings.profile)
            vergence_dpt = _vergences(settings)[0]
            with stage.wall(vergence_dpt) as station:
                sample = measure_focus(station, vergence_dpt)
    part = re_reference(focus, sample, date=_today())
    moved_dpt = part.offset_dpt - focus.offset_dpt
    sys.stdout.write(f"the offset has drifted by {moved_dpt:+.4f} dpt since {focus.date}\n")
    _save(settings, device, "focus", part)


def _timing(settings: Settings) -> None:
    """Latency, hysteresis and settle time, from sweeps and steps before one target."""
    if takes := _takes(settings):
        device = _recorded_device(settings, takes)
        run = recorded_timing(takes, known=_profile(settings, device).timing, date=_today())
    else:
        with _stage(settings) as stage:
            device = stage.device
            run = run_timing(stage, date=_today())
    plot_timing(settings.plots, run)
    _save(settings, device, "timing", run.part)


def _breathing(settings: SweptSettings) -> None:
    """Magnification over focus, from one textured target."""
    if takes := _takes(settings):
        device = _recorded_device(settings, takes)
        focus = needed(_profile(settings, device).focus, path=settings.profile)
        run = recorded_breathing(takes[0], focus, date=_today())
    else:
        with _stage(settings) as stage:
            device = stage.device
            focus = needed(_profile(settings, device).focus, path=settings.profile)
            run = run_breathing(stage, focus, settings=settings.settings, date=_today())
    plot_breathing(settings.plots, run)
    _save(settings, device, "breathing", run.part)


def _intrinsics(settings: BoardSettings) -> None:
    """Intrinsics over focus from views of a board; live also the curvature of the field, as `field`."""
    if takes := _takes(settings):
        device = _recorded_device(settings, takes)
        focus = needed(_profile(settings, device).focus, path=settings.profile)
        size_px = (device.width_px, device.height_px)
        part = recorded_intrinsics(takes, settings.printed, focus, size_px=size_px, date=_today())
        _save(settings, device, "intrinsics", part)
        return
    with _stage(settings) as stage:
        focus = needed(_profile(settings, stage.device).focus, path=settings.profile)
        vergences = [1.0 / distance_m for distance_m in settings.distances_m]
        part = run_intrinsics(
            stage, focus, settings.printed, vergences_dpt=vergences, views=settings.views, date=_today()
        )
        _save(settings, stage.device, "intrinsics", part)
        _save(settings, stage.device, "field", run_field(stage, focus, date=_today()))


def _field(settings: Settings) -> None:
    """Curvature and tilt of the field, from a flat, upright target."""
    if takes := _takes(settings):
        device = _recorded_device(settings, takes)
        focus = needed(_profile(settings, device).focus, path=settings.profile)
        part = recorded_field(takes[0], focus, date=_today())
    else:
        with _stage(settings) as stage:
            device = stage.device
            focus = needed(_profile(settings, device).focus, path=settings.profile)
            part = run_field(stage, focus, date=_today())
    _save(settings, device, "field", part)


def _flatfield(settings: Settings) -> None:
    """Vignetting from an evenly lit white surface."""
    if takes := _takes(settings):
        device = _recorded_device(settings, takes)
        focus = needed(_profile(settings, device).focus, path=settings.profile)
        part = recorded_flatfield(takes[0], focus, settings=_FLAT_SETTINGS, date=_today())
    else:
        with _stage(settings) as stage:
            device = stage.device
            focus = needed(_profile(settings, device).focus, path=settings.profile)
            part = run_flatfield(stage, focus, settings=_FLAT_SETTINGS, date=_today())
    _save(settings, device, "flatfield", part)


def _targets(settings: TargetSettings) -> None:
    """Write the targets to print: texture, board, and how large they must come out."""
    save_targets(settings.out, settings.printed)
    sys.stdout.write(
        f"{settings.out}: print it at 100 %, glue the pages onto something flat, and measure the squares\n"
    )


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


def _takes(settings: Settings) -> list[Take]:
    """Find the recordings or folders to calibrate from; none for a live calibration."""
    if settings.replay is None:
        return []
    if settings.camera is not None:
        raise InputError("--camera and --replay exclude each other: give one of them")
    return find_takes(settings.replay)


def _recorded_device(settings: Settings, takes: Sequence[Take]) -> Device:
    return takes[0].device(camera=settings.camera_name, lens=settings.lens_name)


def _recorded_vergences(settings: FocusSettings, takes: Sequence[Take], device: Device) -> list[float]:
    if not settings.board:
        if not settings.distances_m:
            raise InputError("give the distances of the targets, one for each recording: --distances-m …")
        return [1.0 / distance_m for distance_m in settings.distances_m]
    intrinsics = _intrinsics_by_focus(settings, device)
    return [
        board_vergence_dpt(settings.printed, sharpest_image(take), about_dpt=2.0, intrinsics=intrinsics)
        for take in takes
    ]


def _intrinsics_by_focus(settings: FocusSettings, device: Device) -> Callable[[float], Intrinsics]:
    if settings.intrinsics is not None:
        known = read_intrinsics(settings.intrinsics).of_size(device.width_px, device.height_px)
        return lambda _: known
    part = _profile(settings, device).intrinsics
    if part is None:
        raise InputError(
            "distances from a board need intrinsics: give --intrinsics FILE, or measure them first "
            "(python -m calibration intrinsics)"
        )
    return part.at


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


def _today() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


_COMMANDS: dict[str, tuple[type[Settings], Callable[[Any], None]]] = {
    "focus": (FocusSettings, _focus),
    "timing": (Settings, _timing),
    "breathing": (SweptSettings, _breathing),
    "intrinsics": (BoardSettings, _intrinsics),
    "field": (Settings, _field),
    "flatfield": (Settings, _flatfield),
    "targets": (TargetSettings, _targets),
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
