"""The commands of ``python -m calibration``: each measures one part, and puts it into the profile."""

import sys
from collections.abc import Callable, Sequence

import numpy as np

from calibration.apply.profile import read_profile
from calibration.measure.command_settings import (
    BoardSettings,
    FileSettings,
    FocusSettings,
    Settings,
    SweptSettings,
    TargetSettings,
)
from calibration.measure.fits.board import board_vergence_dpt
from calibration.measure.fits.focus_map import re_reference
from calibration.measure.live.measure import measure_focus
from calibration.measure.live.procedures import (
    run_breathing,
    run_field,
    run_flatfield,
    run_focus,
    run_focus_on_board,
    run_intrinsics,
    run_timing,
)
from calibration.measure.plots import plot_breathing, plot_focus, plot_timing
from calibration.measure.printed_targets import save_targets
from calibration.measure.recorded.measure import focus_sample, sharpest_image
from calibration.measure.recorded.procedures import (
    recorded_breathing,
    recorded_field,
    recorded_flatfield,
    recorded_focus,
    recorded_intrinsics,
    recorded_timing,
)
from calibration.measure.recorded.takes import Take
from calibration.measure.session import Session, opened, profile_path, table, today
from focstream.files.intrinsics_file import read_intrinsics
from focstream.program.commands import say
from focstream.types import InputError, Intrinsics

_FLAT_SETTINGS = 4


def focus(settings: FocusSettings) -> None:
    """Map commands of the lens to vergences, with targets at known distances."""
    if settings.re_reference:
        _re_reference(settings)
        return
    with opened(settings) as session:
        if session.takes:
            vergences = _recorded_vergences(settings, session, session.takes)
            run = recorded_focus(session.takes, vergences_dpt=vergences, date=today())
        elif settings.board:
            run = run_focus_on_board(
                session.stage,
                settings.printed,
                vergences_dpt=_vergences(settings),
                intrinsics=_intrinsics_by_focus(settings, session),
                date=today(),
            )
        else:
            run = run_focus(session.stage, vergences_dpt=_vergences(settings), date=today())
        plot_focus(settings.plots, run)
        session.save("focus", run.part)


def _re_reference(settings: FocusSettings) -> None:
    with opened(settings) as session:
        focus = session.focus
        if takes := session.takes[:1]:
            sample = focus_sample(takes[0], _recorded_vergences(settings, session, takes)[0])
        else:
            vergence_dpt = _vergences(settings)[0]
            with session.stage.wall(vergence_dpt) as station:
                sample = measure_focus(station, vergence_dpt)
        part = re_reference(focus, sample, date=today())
        moved_dpt = part.offset_dpt - focus.offset_dpt
        say(f"the offset has drifted by {moved_dpt:+.4f} dpt since {focus.date}")
        session.save("focus", part)


def timing(settings: Settings) -> None:
    """Latency, hysteresis and settle time, from sweeps and steps before one target."""
    with opened(settings) as session:
        if session.takes:
            run = recorded_timing(session.takes, known=session.profile().timing, date=today())
        else:
            run = run_timing(session.stage, date=today())
        plot_timing(settings.plots, run)
        session.save("timing", run.part)


def breathing(settings: SweptSettings) -> None:
    """Magnification over focus, from one textured target."""
    with opened(settings) as session:
        if session.takes:
            run = recorded_breathing(session.takes[0], session.focus, date=today())
        else:
            run = run_breathing(session.stage, session.focus, settings=settings.settings, date=today())
        plot_breathing(settings.plots, run)
        session.save("breathing", run.part)


def intrinsics(settings: BoardSettings) -> None:
    """Intrinsics over focus from views of a board; live also the curvature of the field, as `field`."""
    with opened(settings) as session:
        focus, breathing = session.focus, session.profile().breathing
        if session.takes:
            part = recorded_intrinsics(
                session.takes,
                settings.printed,
                focus,
                size_px=(session.device.width_px, session.device.height_px),
                breathing=breathing,
                date=today(),
            )
            session.save("intrinsics", part)
            return
        part = run_intrinsics(
            session.stage,
            focus,
            settings.printed,
            vergences_dpt=[1.0 / distance_m for distance_m in settings.distances_m],
            views=settings.views,
            breathing=breathing,
            date=today(),
        )
        session.save("intrinsics", part)
        session.save("field", run_field(session.stage, focus, date=today()))


def field(settings: Settings) -> None:
    """Curvature and tilt of the field, from a flat, upright target."""
    with opened(settings) as session:
        if session.takes:
            part = recorded_field(session.takes[0], session.focus, date=today())
        else:
            part = run_field(session.stage, session.focus, date=today())
        session.save("field", part)


def flatfield(settings: Settings) -> None:
    """Vignetting from an evenly lit white surface."""
    with opened(settings) as session:
        if session.takes:
            part = recorded_flatfield(session.takes[0], session.focus, settings=_FLAT_SETTINGS, date=today())
        else:
            part = run_flatfield(session.stage, session.focus, settings=_FLAT_SETTINGS, date=today())
        session.save("flatfield", part)


def targets(settings: TargetSettings) -> None:
    """Write the targets to print: texture, board, and how large they must come out."""
    save_targets(settings.out, settings.printed)
    sys.stdout.write(
        f"{settings.out}: print it at 100 %, glue the pages onto something flat, and measure the squares\n"
    )


def show(settings: FileSettings) -> None:
    """Print a profile."""
    profile = read_profile(profile_path(settings))
    lines = [f"{profile_path(settings)}: {profile.device}, {profile.date}, {profile.calibration_id}"]
    for name in ("focus", "timing", "breathing", "intrinsics", "field", "flatfield"):
        part = getattr(profile, name)
        lines.append(f"{name:11}" + ("uncalibrated" if part is None else f"{part.level}, {part.date}"))
        lines += [] if part is None else table(part)
    say("\n".join(lines) + "")


def check(settings: FocusSettings) -> None:
    """Measure targets at known distances and report how far off the profile is; changes nothing."""
    with opened(settings) as session:
        focus = session.focus
        say(f"{'distance m':>11}{'found m':>11}{'error dpt':>11}{'sigma dpt':>11}")
        for vergence_dpt in _vergences(settings):
            with session.stage.wall(vergence_dpt) as station:
                sample = measure_focus(station, vergence_dpt)
            found_dpt = focus.to_dpt(sample.command, temperature_c=sample.temperature_c)
            sigma_dpt = focus.sigma_dpt(sample.command, temperature_c=sample.temperature_c)
            error_dpt = found_dpt - vergence_dpt
            sys.stdout.write(
                f"{1 / vergence_dpt:11.4f}{1 / found_dpt:11.4f}{error_dpt:11.4f}{sigma_dpt:11.4f}\n"
            )


def _recorded_vergences(settings: FocusSettings, session: Session, takes: Sequence[Take]) -> list[float]:
    if not settings.board:
        if not settings.distances_m:
            raise InputError("give the distances of the targets, one for each recording: --distances-m …")
        return [1.0 / distance_m for distance_m in settings.distances_m]
    intrinsics = _intrinsics_by_focus(settings, session)
    return [
        board_vergence_dpt(settings.printed, sharpest_image(take), about_dpt=2.0, intrinsics=intrinsics)
        for take in takes
    ]


def _intrinsics_by_focus(settings: FocusSettings, session: Session) -> Callable[[float], Intrinsics]:
    if settings.intrinsics is not None:
        device = session.device
        known = read_intrinsics(settings.intrinsics).of_size(device.width_px, device.height_px)
        return lambda _: known
    part = session.profile().intrinsics
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
