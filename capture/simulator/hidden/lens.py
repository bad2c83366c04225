"""A simulated lens that reports nothing of itself."""

from typing import Self

from capture.lens import LensInfo
from capture.simulator.hidden.truth import HiddenTruth
from capture.simulator.hidden.virtual_clock import Clock
from capture.simulator.lens.lens import SimulatedLens
from capture.simulator.lens.warm_up import WarmUp

_SAFE_SETTLE_S = 0.12


class HiddenLens:
    """A `Lens` that takes commands in a unit of its own and knows neither its latency nor its hysteresis."""

    def __init__(self, truth: HiddenTruth, *, clock: Clock) -> None:
        far_dpt, near_dpt = truth.limits_dpt
        slack_dpt = 1e-6
        self._truth = truth
        self._lens = SimulatedLens(
            truth.lens,
            far_dpt=far_dpt - slack_dpt,
            near_dpt=near_dpt + slack_dpt,
            warm_up=WarmUp(drift_dpt_per_k=truth.drift_dpt_per_k),
            clock=clock.now_ns,
        )

    @property
    def info(self) -> LensInfo:
        """Limits in its own unit, and nothing of its timing."""
        far, near = self._truth.commands
        return LensInfo(name=self._truth.name, far_dpt=far, near_dpt=near, settle_s=_SAFE_SETTLE_S)

    def move(self, focus_dpt: float) -> None:
        """Take a command in the lens' own unit."""
        self._lens.move(self._truth.to_dpt(focus_dpt))

    def temperature_c(self) -> float | None:
        """Temperature, which rises by 10 K in some minutes."""
        return self._lens.temperature_c()

    @property
    def inside(self) -> SimulatedLens:
        """The lens that the picture sees, in dioptres: for the simulated camera and the judge."""
        return self._lens

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Stay where it is."""
