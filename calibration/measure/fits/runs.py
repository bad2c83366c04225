"""What a procedure found, and what it was fitted to."""

from dataclasses import dataclass

from calibration.fits.breathing import BreathingSample
from calibration.fits.focus_map import FocusSample
from calibration.fits.timing import SpeedSample
from calibration.parts import BreathingPart, FocusPart, TimingPart


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
