"""What each procedure takes from recorded slices, ready for its fit."""

from collections.abc import Iterable, Sequence

import numpy as np

from calibration.apply.alignment.register import FloatImage
from calibration.apply.parts import FocusPart
from calibration.measure.fits.board import Board
from calibration.measure.fits.errors import BadCalibrationDataError
from calibration.measure.fits.field import FieldSample
from calibration.measure.fits.focus_map import FocusSample
from calibration.measure.fits.intrinsics import LEAST_CORNERS, LEAST_VIEWS, BoardView
from calibration.measure.fits.peak import Peak, find_peak
from calibration.measure.fits.sharpness import check_exposure, plane, sharpness
from calibration.measure.fits.stillness import check_still
from calibration.measure.fits.tiles import tile_samples, tile_sharpness
from calibration.measure.fits.timing import SpeedSample
from calibration.measure.recorded.takes import Shot, Take
from capture.sweep.ramp import COMMAND_PERIOD_S
from focstream.focal_slice import Image

_DIGITS = 6
_SHARP_ENOUGH = 0.5


def focus_sample(take: Take, vergence_dpt: float) -> FocusSample:
    """Sharpest command for a target, midway between sweeps up and down where there are both.

    Raises
    ------
    BadCalibrationDataError
        Without a clear peak, or when the target moved meanwhile.
    """
    peaks, temperatures = _peaks(take)
    return FocusSample(
        vergence_dpt=vergence_dpt,
        command=float(np.mean([peak.position for peak in peaks.values()])),
        sigma=float(np.linalg.norm([peak.sigma for peak in peaks.values()])) / len(peaks),
        temperature_c=float(np.mean(temperatures)) if temperatures else None,
    )


def speed_sample(take: Take) -> SpeedSample:
    """Where a target was sharpest in sweeps up and down at one speed.

    Raises
    ------
    BadCalibrationDataError
        When the focus does not go both ways, or as `focus_sample`.
    """
    speed = _speed(take)
    peaks, _ = _peaks(take)
    if set(peaks) != {1, -1}:
        raise BadCalibrationDataError(
            f"{take.path}: the sweeps all go the same way: record with --sweep.waveform triangle"
        )
    held = speed * COMMAND_PERIOD_S / 2.0  # a held command lags: that is not the lens
    return SpeedSample(
        speed=speed,
        up=peaks[1].position - held,
        down=peaks[-1].position + held,
        sigma=float(np.hypot(peaks[1].sigma, peaks[-1].sigma)),
    )


def pictures(take: Take, focus: FocusPart) -> tuple[list[FloatImage], list[float]]:
    """Mean grey picture at every command, and the vergences: (H, W) float32 each, rising."""
    sums: dict[float, tuple[FloatImage, int, float]] = {}
    for shot in _one_way(take):
        check_exposure(shot.image)
        key = round(shot.command, _DIGITS)
        image = plane(shot.image, roi=(0, 0, shot.image.shape[1], shot.image.shape[0]))
        vergence_dpt = focus.to_dpt(shot.command, temperature_c=shot.temperature_c)
        total, count, mean_dpt = sums.get(key, (np.zeros_like(image), 0, 0.0))
        sums[key] = (total + image, count + 1, mean_dpt + vergence_dpt)
    ordered = [sums[key] for key in sorted(sums)]
    means = [np.asarray(total / np.float32(count), np.float32) for total, count, _ in ordered]
    return means, [mean_dpt / count for _, count, mean_dpt in ordered]


def field_samples(take: Take, focus: FocusPart) -> list[FieldSample]:
    """Sharpest vergence of every tile of a flat, upright target."""
    commands, curves, warm = [], [], []
    size_px = (0, 0)
    for shot in _one_way(take):
        commands.append(shot.command)
        curves.append(tile_sharpness(shot.image))
        warm.append(shot.temperature_c)
        size_px = (shot.image.shape[1], shot.image.shape[0])
    known = [value for value in warm if value is not None]
    return tile_samples(
        np.array(commands),
        np.array(curves),
        focus=focus,
        size_px=size_px,
        temperature_c=float(np.mean(known)) if known else None,
    )


def board_views(takes: Sequence[Take], board: Board, focus: FocusPart) -> list[BoardView]:
    """Find the board at the commands that came up with enough poses: one take is one pose.

    Raises
    ------
    BadCalibrationDataError
        When the board was not seen often enough.
    """
    views: dict[float, list[BoardView]] = {}
    for take in takes:
        for shot in _sharp_shots(take):
            points, corners = board.find(shot.image)
            if len(points) >= LEAST_CORNERS:
                command = round(shot.command, _DIGITS)
                view = BoardView(focus_dpt=focus.to_dpt(command), points_m=points, corners_px=corners)
                views.setdefault(command, []).append(view)
    enough = [view for group in views.values() if len(group) >= LEAST_VIEWS for view in group]
    if not enough:
        raise BadCalibrationDataError(
            f"board not seen: no command of the lens has {LEAST_VIEWS} of the {len(takes)} takes in which "
            f"{LEAST_CORNERS} corners of it are found; record more poses with the same sweep"
        )
    return enough


def sharpest_image(take: Take) -> Image:
    """Sharpest picture of a take."""
    return max(_one_way(take), key=lambda shot: sharpness(shot.image)).image


def _peaks(take: Take) -> tuple[dict[int, Peak], list[float]]:
    """Peak of the focus curve by direction, and the temperatures; refuses a target that moved."""
    commands: dict[int, list[float]] = {}
    values: dict[int, list[float]] = {}
    temperatures: list[float] = []
    sharpest: dict[tuple[int, int], tuple[float, Image]] = {}
    for shot in take.shots():
        value = sharpness(shot.image)
        commands.setdefault(shot.direction, []).append(shot.command)
        values.setdefault(shot.direction, []).append(value)
        key = (shot.direction, shot.sweep_id)
        if key not in sharpest or value > sharpest[key][0]:
            sharpest[key] = (value, shot.image)
        if shot.temperature_c is not None:
            temperatures.append(shot.temperature_c)
    if not sharpest:
        raise BadCalibrationDataError(f"{take.path}: no slices but those taken while the lens settled")
    check_exposure(max(sharpest.values(), key=lambda item: item[0])[1])
    what = str(take.path)
    for direction in commands:
        seen = [sharpest[key][1] for key in sorted(sharpest) if key[0] == direction]
        check_still(seen[0], seen[-1], what=what)
    return {
        direction: find_peak(np.array(commands[direction]), np.array(values[direction]), what=what)
        for direction in commands
    }, temperatures


def _speed(take: Take) -> float:
    """Speed of the command in its linear part, in its unit a second."""
    speeds = []
    before: Shot | None = None
    for shot in take.shots():
        if before is not None and before.sweep_id == shot.sweep_id and shot.time_s > before.time_s:
            speeds.append(abs(shot.command - before.command) / (shot.time_s - before.time_s))
        before = shot
    if not speeds:
        raise BadCalibrationDataError(f"{take.path}: too few slices for the speed of its sweeps")
    return float(np.median(speeds))


def _one_way(take: Take) -> Iterable[Shot]:
    """Shots of the sweeps that go the way of the first one, so that hysteresis shifts all alike."""
    direction: int | None = None
    for shot in take.shots():
        direction = shot.direction if direction is None else direction
        if shot.direction == direction:
            yield shot


def _sharp_shots(take: Take) -> list[Shot]:
    shots = list(_one_way(take))
    values = [sharpness(shot.image) for shot in shots]
    return [
        shot
        for shot, value in zip(shots, values, strict=True)
        if value >= _SHARP_ENOUGH * max(values, default=0.0)
    ]
