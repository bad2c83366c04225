"""One procedure for each part of the profile: put targets, measure, fit."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from calibration.apply.parts import (
    BreathingPart,
    FieldPart,
    FlatfieldPart,
    FocusPart,
    IntrinsicsPart,
)
from calibration.measure.fits.board import Board, board_vergence_dpt
from calibration.measure.fits.breathing import fit_breathing, measure_breathing_samples
from calibration.measure.fits.errors import BadCalibrationDataError
from calibration.measure.fits.field import fit_field
from calibration.measure.fits.flatfield import fit_flatfield
from calibration.measure.fits.focus_map import check_distances, fit_focus
from calibration.measure.fits.intrinsics import BoardView, fit_intrinsics
from calibration.measure.fits.runs import BreathingRun, FocusRun, TimingRun
from calibration.measure.fits.timing import fit_timing
from calibration.measure.live.measure import (
    measure_field,
    measure_focus,
    measure_pictures,
    measure_speeds,
    measure_step,
)
from calibration.measure.live.stage import Stage
from focstream.types import Intrinsics

SPEEDS = (1.0, 2.0, 4.0)
_FLAT_FRAMES = 16


def run_focus(stage: Stage, *, vergences_dpt: Sequence[float], date: str) -> FocusRun:
    """Measure targets at known distances; the first comes again at the end, when the lens is warm."""
    check_distances(vergences_dpt)
    samples = []
    for vergence_dpt in (*vergences_dpt, vergences_dpt[0]):
        with stage.wall(vergence_dpt) as station:
            samples.append(measure_focus(station, vergence_dpt))
    return FocusRun(part=fit_focus(samples, date=date), samples=tuple(samples))


def run_focus_on_board(
    stage: Stage,
    board: Board,
    *,
    vergences_dpt: Sequence[float],
    intrinsics: Callable[[float], Intrinsics],
    date: str,
) -> FocusRun:
    """Measure a board put up at about some distances; its pose gives the true ones.

    Parameters
    ----------
    intrinsics
        Of the camera, for the vergence in focus.
    """
    check_distances(vergences_dpt)
    samples = []
    for vergence_dpt in (*vergences_dpt, vergences_dpt[0]):
        with stage.board(board, view=None, vergence_dpt=vergence_dpt) as station:
            sample = measure_focus(station, vergence_dpt)
            image = station.mean(sample.command, frames=4)
        found_dpt = board_vergence_dpt(board, image, about_dpt=vergence_dpt, intrinsics=intrinsics)
        samples.append(replace(sample, vergence_dpt=found_dpt))
    return FocusRun(part=fit_focus(samples, date=date), samples=tuple(samples))


def run_timing(stage: Stage, *, speeds: tuple[float, ...] = SPEEDS, date: str) -> TimingRun:
    """Measure sweeps and steps before one target in the middle of the range."""
    with stage.wall(None) as station:
        samples = measure_speeds(station, speeds=speeds)
        step = measure_step(station, frame_rate_hz=station.camera.info.frame_rate_hz)
    return TimingRun(part=fit_timing(samples, step, date=date), samples=tuple(samples))


def run_breathing(stage: Stage, focus: FocusPart, *, settings: int, date: str) -> BreathingRun:
    """Measure one target in the middle of the range at focus settings over all of it."""
    with stage.wall(None) as station:
        pictures, vergences = measure_pictures(station, focus, settings=settings)
    samples, reference_dpt = measure_breathing_samples(pictures, vergences)
    height_px, width_px = pictures[0].shape
    part = fit_breathing(samples, size_px=(width_px, height_px), reference_dpt=reference_dpt, date=date)
    return BreathingRun(part=part, samples=tuple(samples))


def run_field(stage: Stage, focus: FocusPart, *, date: str) -> FieldPart:
    """Measure a flat, upright target tile by tile."""
    with stage.wall(None) as station:
        return fit_field(measure_field(station, focus), date=date)


def run_intrinsics(
    stage: Stage,
    focus: FocusPart,
    board: Board,
    *,
    vergences_dpt: Sequence[float],
    views: int,
    date: str,
    breathing: BreathingPart | None = None,
) -> IntrinsicsPart:
    """Measure views of a board at several focus settings."""
    found = []
    for vergence_dpt in vergences_dpt:
        command = focus.to_command(vergence_dpt)
        for view in range(views):
            with stage.board(board, view=view, vergence_dpt=vergence_dpt) as station:
                points, corners = board.find(station.mean(command, frames=4))
            found.append(BoardView(focus_dpt=vergence_dpt, points_m=points, corners_px=corners))
    device = stage.device
    size_px = (device.width_px, device.height_px)
    return fit_intrinsics(found, size_px=size_px, breathing=breathing, date=date)


def run_flatfield(stage: Stage, focus: FocusPart, *, settings: int, date: str) -> FlatfieldPart:
    """Measure an even white surface at focus settings over the range."""
    low, high = focus.command_range
    commands = [float(command) for command in np.linspace(low, high, settings)]
    with stage.wall(None, textured=False) as station:
        images = [station.mean(command, frames=_FLAT_FRAMES) for command in commands]
    return fit_flatfield(images, [focus.to_dpt(command) for command in commands], date=date)


def needed(focus: FocusPart | None, *, path: object) -> FocusPart:
    """Focus map of a profile.

    Raises
    ------
    BadCalibrationDataError
        Without one.
    """
    if focus is None:
        raise BadCalibrationDataError(
            f"{path} has no focus map, which this needs: run python -m calibration focus first"
        )
    return focus
