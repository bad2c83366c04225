"""What each procedure measures with a station, ready for its fit."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from calibration.apply.alignment.register import FloatImage
from calibration.apply.parts import FocusPart
from calibration.measure.fits.errors import BadCalibrationDataError
from calibration.measure.fits.field import FieldSample
from calibration.measure.fits.focus_map import FocusSample
from calibration.measure.fits.peak import Peak, find_peak
from calibration.measure.fits.settling import Flank, StepResponse, fit_step, shares_of_step
from calibration.measure.fits.sharpness import check_exposure, plane, sharpness
from calibration.measure.fits.stillness import check_still
from calibration.measure.fits.tiles import tile_samples, tile_sharpness
from calibration.measure.fits.timing import SpeedSample
from calibration.measure.live.station import Station
from focstream.focal_slice import Image

_COARSE_STEPS = 24
_FINE_STEPS = 21
_PHASES = 16


@contextmanager
def still(station: Station, command: float, *, what: str) -> Iterator[None]:
    """Look at the target before and after, at one command.

    Raises
    ------
    BadCalibrationDataError
        When it moved meanwhile.
    """
    before = station.hold(command)[0].image
    yield
    check_still(before, station.hold(command)[0].image, what=what)


def coarse_peak(station: Station) -> Peak:
    """Find roughly where a target is sharp, over the whole range of the lens."""
    low, high = station.lens.info.far_dpt, station.lens.info.near_dpt
    commands = np.linspace(low, high, _COARSE_STEPS)
    values = np.array([station.sharpness(float(command)) for command in commands])
    check_exposure(station.hold(float(commands[np.argmax(values)]))[0].image)
    try:
        return find_peak(commands, values, what="coarse sweep")
    except BadCalibrationDataError:
        # A narrow peak may lie between few coarse steps; the fine sweep will show whether there is one.
        top = int(np.argmax(values))
        if top in (0, len(values) - 1) or values[top] < 1.3 * np.percentile(values, 20):
            raise
        step = float(commands[1] - commands[0])
        above = values > (values[top] + np.percentile(values, 5)) / 2.0
        return Peak(
            position=float(commands[top]),
            sigma=step / 2,
            width=step * max(float(above.sum()), 1.5),
            residual=0.0,
        )


def fine_commands(station: Station, peak: Peak) -> NDArray[np.float64]:
    """Commands about a peak, held to the range of the lens.

    Near a limit they reach less far on both sides, as long as half the peak is seen: a longer flank on one
    side pulls the peak to it.
    """
    low, high = station.lens.info.far_dpt, station.lens.info.near_dpt
    reach = 0.8 * max(peak.width, 0.25)
    room = min(peak.position - low, high - peak.position)
    reach = min(reach, max(room, 0.7 * reach))
    return np.linspace(max(peak.position - reach, low), min(peak.position + reach, high), _FINE_STEPS)


def measure_focus(station: Station, vergence_dpt: float) -> FocusSample:
    """Sharpest command for a target: midway between up and down, which no hysteresis shifts.

    Raises
    ------
    BadCalibrationDataError
        Without a clear peak, or when the target moved meanwhile.
    """
    peak = coarse_peak(station)
    what = f"target at {1.0 / vergence_dpt:.3f} m"
    with still(station, peak.position, what=what):
        return _up_and_down(station, fine_commands(station, peak), vergence_dpt=vergence_dpt, what=what)


def _up_and_down(
    station: Station, commands: NDArray[np.float64], *, vergence_dpt: float, what: str
) -> FocusSample:
    peaks = []
    warm = []
    for order in (commands, commands[::-1]):
        away = 2.0 * order[0] - order[2]  # from beyond, so that the backlash is taken up
        station.hold(float(np.clip(away, station.lens.info.far_dpt, station.lens.info.near_dpt)))
        values = np.array([station.sharpness(float(command)) for command in order])
        peaks.append(find_peak(order, values, what=what))
        warm.append(station.lens.temperature_c())
    known = [value for value in warm if value is not None]
    return FocusSample(
        vergence_dpt=vergence_dpt,
        command=(peaks[0].position + peaks[1].position) / 2.0,
        sigma=float(np.hypot(peaks[0].sigma, peaks[1].sigma)) / 2.0,
        temperature_c=float(np.mean(known)) if known else None,
    )


def measure_speeds(station: Station, *, speeds: tuple[float, ...], repeats: int = 2) -> list[SpeedSample]:
    """Where a static target is sharpest in sweeps up and down at several speeds."""
    peak = coarse_peak(station)
    with still(station, peak.position, what="sweeps at several speeds"):
        return [_both_ways(station, peak, speed=speed) for speed in speeds for _ in range(repeats)]


def _both_ways(station: Station, peak: Peak, *, speed: float) -> SpeedSample:
    reach = 0.8 * max(peak.width, 0.3)
    run_up = speed * station.settle_s / 2.0
    low, high = station.lens.info.far_dpt, station.lens.info.near_dpt
    start = max(peak.position - reach - run_up, low)
    end = min(peak.position + reach + run_up, high)
    found = []
    hold_s = 0.0
    for first, sign in ((start, 1.0), (end, -1.0)):
        frames, begin_ns, hold_s = station.ramp(first, speed=sign * speed, duration_s=(end - start) / speed)
        steady = [frame for frame in frames if (frame.exposure_mid_ns - begin_ns) * 1e-9 > 0.05]
        commands = np.array([first + sign * speed * (f.exposure_mid_ns - begin_ns) * 1e-9 for f in steady])
        values = np.array([sharpness(frame.image) for frame in steady])
        found.append(find_peak(commands, values, what=f"sweep at {sign * speed:+.1f} a second"))
    held = speed * hold_s / 2.0  # a held command lags: that is not the lens
    return SpeedSample(
        speed=speed,
        up=found[0].position - held,
        down=found[1].position + held,
        sigma=float(np.hypot(found[0].sigma, found[1].sigma)),
    )


def measure_step(station: Station, *, frame_rate_hz: float, watch_s: float = 0.14) -> StepResponse:
    """Response to steps there and back on one flank of the focus curve, by equivalent-time sampling.

    Both ways are fitted as one response: whether the last overshoot leaves the band may hang on a
    hundredth of the damping.
    """
    peak = coarse_peak(station)
    margin = 0.325 * peak.width
    start = peak.position + 0.35 * peak.width
    end = min(start + 2.0 * margin, station.lens.info.near_dpt - margin)
    times_s: list[float] = []
    shares: list[float] = []
    with still(station, peak.position, what="steps"):
        for first, last in ((start, end), (end, start)):
            since_s, focus = _stepped(station, first, last, frame_rate_hz=frame_rate_hz, watch_s=watch_s)
            times_s += since_s
            shares += shares_of_step(since_s, focus)
    return fit_step(times_s, shares)


def _stepped(
    station: Station, start: float, end: float, *, frame_rate_hz: float, watch_s: float
) -> tuple[list[float], list[float]]:
    """Sample many equal steps from rest: times since the command, and the focus then, as a command.

    Everything is approached from before the start, the flank too, so that hysteresis shifts nothing.
    """
    run_up = float(np.copysign(0.3, start - end))
    overshoot = 0.5 * (end - start)
    commands = np.linspace(start - 0.4 * overshoot, end + overshoot, 15)
    station.hold(float(commands[0]) + run_up)
    values = [_mean_sharpness(station, float(command)) for command in commands]
    flank = Flank(command=commands, sharpness=np.array(values))
    flank.check()
    times_s: list[float] = []
    sharp: list[float] = []
    for phase in range(_PHASES):
        station.hold(start + run_up)
        taken = station.step(start, end, delay_s=phase / (_PHASES * frame_rate_hz), duration_s=watch_s)
        times_s += [since_s for since_s, _ in taken]
        sharp += [_flank_sharpness(frame.image) for _, frame in taken]
    return times_s, flank.invert(np.array(sharp)).tolist()


def _mean_sharpness(station: Station, command: float) -> float:
    return float(np.mean([_flank_sharpness(frame.image) for frame in station.hold(command, frames=3)]))


def _flank_sharpness(image: Image) -> float:
    """Sharpness of the middle half of each side: four times the pixels of a peak's, for half the noise."""
    height_px, width_px = image.shape[:2]
    return sharpness(
        image, roi=(width_px // 4, height_px // 4, width_px - width_px // 4, height_px - height_px // 4)
    )


def measure_pictures(
    station: Station, focus: FocusPart, *, settings: int, frames: int = 4
) -> tuple[list[FloatImage], list[float]]:
    """Mean pictures at focus settings over the range of the map, and their vergences.

    Every setting is approached from its far side; half the hysteresis is the same for all and left out.
    """
    low, high = focus.command_range
    pictures, vergences = [], []
    with still(station, (low + high) / 2.0, what="pictures over the range"):
        station.hold(max(low - 0.3, station.lens.info.far_dpt))
        for command in np.linspace(low, high, settings):
            image = station.mean(float(command), frames=frames)
            pictures.append(plane(image, roi=(0, 0, image.shape[1], image.shape[0])))
            vergences.append(focus.to_dpt(float(command), temperature_c=station.lens.temperature_c()))
    return pictures, vergences


def measure_field(station: Station, focus: FocusPart) -> list[FieldSample]:
    """Sharpest vergence of every tile of a flat, upright target, midway between up and down."""
    peak = coarse_peak(station)
    reach = 0.8 * max(peak.width, 0.25) + 0.1
    commands = np.linspace(peak.position - reach, peak.position + reach, 2 * _FINE_STEPS)
    curves = []
    with still(station, peak.position, what="flat target"):
        for order in (commands, commands[::-1]):
            station.hold(float(2.0 * order[0] - order[2]))
            curve = np.array([tile_sharpness(station.hold(float(c))[0].image) for c in order])
            curves.append(curve if order is commands else curve[::-1])
    info = station.camera.info
    warm_c = station.lens.temperature_c()
    return tile_samples(
        commands,
        (curves[0] + curves[1]) / 2.0,
        focus=focus,
        size_px=(info.width_px, info.height_px),
        temperature_c=warm_c,
    )
