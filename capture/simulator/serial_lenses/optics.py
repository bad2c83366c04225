"""The simulated lens that an emulated controller drives."""

from capture.lenses.setup import LinearFocus
from capture.simulator.lens.lens import SimulatedLens


class EmulatedOptics:
    """A `SimulatedLens` that takes any drive, and stops at its limits.

    Parameters
    ----------
    lens
        What moves; it has the delay, the overshoot, the hysteresis and the warming up.
    focus
        What the drive means.
    """

    def __init__(self, lens: SimulatedLens, *, focus: LinearFocus) -> None:
        self._lens = lens
        self._focus = focus
        info = lens.info
        self.lowest, self.highest = sorted((focus.drive(info.far_dpt), focus.drive(info.near_dpt)))

    def move(self, drive: float) -> None:
        """Drive the lens."""
        info = self._lens.info
        self._lens.move(min(max(self._focus.focus_dpt(drive), info.far_dpt), info.near_dpt))

    def temperature_c(self) -> float | None:
        """Temperature of the lens; None without a sensor."""
        return self._lens.temperature_c()
