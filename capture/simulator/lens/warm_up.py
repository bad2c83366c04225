"""A lens that warms up, and whose focus drifts with its temperature."""

import math
from dataclasses import dataclass

_NS = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmUp:
    """Exponential rise of the temperature, and a focus offset in proportion to it.

    Attributes
    ----------
    drift_dpt_per_k
        Offset of the focus with every kelvin above the temperature at the start.
    start_c, rise_k
        Temperature at the start, and how much warmer the lens ends up.
    time_constant_s
        After which 63 % of the rise are done.
    """

    drift_dpt_per_k: float = 0.0
    start_c: float = 25.0
    rise_k: float = 10.0
    time_constant_s: float = 120.0

    def temperature_c(self, since_start_ns: int) -> float:
        """Temperature a time after the start."""
        elapsed_s = max(since_start_ns, 0) * _NS
        return self.start_c - self.rise_k * math.expm1(-elapsed_s / self.time_constant_s)

    def offset_dpt(self, since_start_ns: int) -> float:
        """How much nearer the focus is than without drift."""
        return self.drift_dpt_per_k * (self.temperature_c(since_start_ns) - self.start_c)
