"""A lens that a calibration has taught what its commands do."""

from dataclasses import replace
from types import TracebackType
from typing import Self

from calibration.apply.parts import FocusPart, TimingPart
from calibration.apply.profile import CalibrationProfile
from capture.lens import Lens, LensInfo, OwnFocus
from focstream.clock import now_ns

_TEMPERATURE_PERIOD_NS = 1_000_000_000


class CalibratedLens:
    """A `Lens` in true vergence, over one that takes commands: the sweep is planned in what it really does.

    Parameters
    ----------
    lens
        Not yet open.
    focus
        From commands to vergences.
    timing
        Latency, hysteresis and settle time; without, what the lens reports.
    """

    def __init__(self, lens: Lens, *, focus: FocusPart, timing: TimingPart | None) -> None:
        self._lens = lens
        self._focus = focus
        self._timing = timing
        self._warm_c: float | None = None
        self._asked_ns = 0

    @property
    def info(self) -> LensInfo:
        """Limits in dioptres, timing as calibrated."""
        told = self._lens.info
        timing = self._timing
        middle = (told.far_dpt + told.near_dpt) / 2.0
        hysteresis = told.hysteresis_dpt if timing is None else timing.hysteresis
        return replace(
            told,
            far_dpt=self._focus.to_dpt(told.far_dpt, temperature_c=self._warm_c),
            near_dpt=self._focus.to_dpt(told.near_dpt, temperature_c=self._warm_c),
            settle_s=told.settle_s if timing is None or timing.settle_s is None else timing.settle_s,
            latency_s=told.latency_s if timing is None else timing.latency_s,
            hysteresis_dpt=hysteresis * self._focus.slope(middle),
            is_metric=True,
        )

    @property
    def measured_dpt(self) -> tuple[float, float]:
        """Vergences between which it was calibrated."""
        low, high = self._focus.command_range
        return self._focus.to_dpt(low), self._focus.to_dpt(high)

    def move(self, focus_dpt: float) -> None:
        """Ask for an object-side vergence (dioptres), at the lens' temperature of the last second.

        Raises
        ------
        InputError
            When the lens cannot focus there.
        """
        told = self._lens.info
        command = self._focus.to_command(focus_dpt, temperature_c=self._temperature())
        # The limits drift with the temperature while a sweep that fills them runs on.
        slack = 0.02 * (told.near_dpt - told.far_dpt)
        if told.far_dpt - slack <= command <= told.near_dpt + slack:
            command = min(max(command, told.far_dpt), told.near_dpt)
        self._lens.move(command)

    def temperature_c(self) -> float | None:
        """Temperature, where the lens reports it."""
        return self._lens.temperature_c()

    def __enter__(self) -> Self:
        self._lens.__enter__()
        self._asked_ns = 0
        self._temperature()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the lens."""
        self._lens.__exit__(kind, error, trace)

    def _to_dpt(self, command: float) -> float:
        return self._focus.to_dpt(command, temperature_c=self._temperature())

    def _temperature(self) -> float | None:
        now = now_ns()
        if now - self._asked_ns > _TEMPERATURE_PERIOD_NS:
            self._warm_c = self._lens.temperature_c() if self._focus.drift_dpt_per_k else None
            self._asked_ns = now
        return self._warm_c


class CalibratedOwnFocus(CalibratedLens):
    """A `CalibratedLens` over the focus of a camera that reports it with every image."""

    def told_dpt(self, focus_dpt: float) -> float:
        """Vergence that belongs to the focus that the camera reported, which is a command (`OwnFocus`)."""
        return self._to_dpt(focus_dpt)


def calibrated(lens: Lens, profile: CalibrationProfile | None) -> Lens:
    """Lens as a profile knows it; the lens itself where no profile says what its commands mean."""
    if profile is None or profile.focus is None:
        return lens
    kind = CalibratedOwnFocus if isinstance(lens, OwnFocus) else CalibratedLens
    return kind(lens, focus=profile.focus, timing=profile.timing)
