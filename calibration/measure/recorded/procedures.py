"""The procedures, from recordings or image folders: takes in, a part of the profile out."""

from collections.abc import Sequence

import numpy as np

from calibration.apply.parts import (
    BreathingPart,
    FieldPart,
    FlatfieldPart,
    FocusPart,
    IntrinsicsPart,
    TimingPart,
)
from calibration.measure.fits.board import Board
from calibration.measure.fits.breathing import fit_breathing, measure_breathing_samples
from calibration.measure.fits.errors import BadCalibrationDataError
from calibration.measure.fits.field import fit_field
from calibration.measure.fits.flatfield import fit_flatfield
from calibration.measure.fits.focus_map import check_distances, fit_focus
from calibration.measure.fits.intrinsics import fit_intrinsics
from calibration.measure.fits.runs import BreathingRun, FocusRun, TimingRun
from calibration.measure.fits.timing import fit_timing
from calibration.measure.recorded.measure import (
    board_views,
    field_samples,
    focus_sample,
    pictures,
    speed_sample,
)
from calibration.measure.recorded.takes import Take

_STEP_FIELDS = ("settle_s", "delay_s", "frequency_hz", "damping")


def recorded_focus(takes: Sequence[Take], *, vergences_dpt: Sequence[float], date: str) -> FocusRun:
    """Use one take for every distance, in the same order.

    Raises
    ------
    BadCalibrationDataError
        When their numbers differ, or the fit is bad.
    """
    if len(takes) != len(vergences_dpt):
        raise BadCalibrationDataError(
            f"{len(takes)} recordings but {len(vergences_dpt)} distances: give one for each, in the order of "
            f"the names ({', '.join(take.path.name for take in takes[:3])}, …)"
        )
    check_distances(vergences_dpt)
    samples = [focus_sample(take, dpt) for take, dpt in zip(takes, vergences_dpt, strict=True)]
    return FocusRun(part=fit_focus(samples, date=date), samples=tuple(samples))


def recorded_timing(takes: Sequence[Take], *, known: TimingPart | None, date: str) -> TimingRun:
    """Use one take for every speed; how the lens settles is kept as known before."""
    samples = [speed_sample(take) for take in takes]
    part = fit_timing(samples, None, date=date)
    if known is not None:
        part = part.model_copy(update={name: getattr(known, name) for name in _STEP_FIELDS})
    return TimingRun(part=part, samples=tuple(samples))


def recorded_breathing(take: Take, focus: FocusPart, *, date: str) -> BreathingRun:
    """Use one take of a still target in the middle of the range."""
    images, vergences = pictures(take, focus)
    samples, reference_dpt = measure_breathing_samples(images, vergences)
    height_px, width_px = images[0].shape
    part = fit_breathing(samples, size_px=(width_px, height_px), reference_dpt=reference_dpt, date=date)
    return BreathingRun(part=part, samples=tuple(samples))


def recorded_intrinsics(
    takes: Sequence[Take],
    board: Board,
    focus: FocusPart,
    *,
    size_px: tuple[int, int],
    date: str,
    breathing: BreathingPart | None = None,
) -> IntrinsicsPart:
    """Use one take for every pose of the board."""
    views = board_views(takes, board, focus)
    return fit_intrinsics(views, size_px=size_px, breathing=breathing, date=date)


def recorded_field(take: Take, focus: FocusPart, *, date: str) -> FieldPart:
    """Use one take of a flat, upright target."""
    return fit_field(field_samples(take, focus), date=date)


def recorded_flatfield(take: Take, focus: FocusPart, *, settings: int, date: str) -> FlatfieldPart:
    """Use one take of an even white surface; some of its focus settings, spread evenly."""
    images, vergences = pictures(take, focus)
    chosen = sorted({int(k) for k in np.linspace(0, len(images) - 1, settings).round()})
    words = [np.asarray(np.rint(images[k] * np.float32(65535.0)), np.uint16) for k in chosen]
    return fit_flatfield(words, [vergences[k] for k in chosen], date=date)
