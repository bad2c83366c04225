"""What a procedure found, and what it was fitted to."""

from dataclasses import dataclass

from calibration.apply.parts import BreathingPart, FocusPart, TimingPart
from calibration.measure.fits.breathing import BreathingSample
from calibration.measure.fits.focus_map import FocusSample
from calibration.measure.fits.timing import SpeedSample


@dataclass(frozen=True, slots=True, kw_only=True)
class FocusRun:
    """A focus map and what it was fitted to."""

    part: FocusPart
    samples: tuple[FocusSample, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimingRun:
    """Timing and what it was fitted to."""

    part: TimingPart
    samples: tuple[SpeedSample, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BreathingRun:
    """Breathing and what it was fitted to."""

    part: BreathingPart
    samples: tuple[BreathingSample, ...]
