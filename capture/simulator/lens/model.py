"""How a lens follows its commands: the numbers, and the exact response to a step."""

import cmath
import math
from dataclasses import dataclass

import numpy as np

from focstream.types import InputError

_SETTLE_SAMPLES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class LensModel:
    """Transport delay, then backlash, then a second-order system.

    The focus y follows its target u by y'' + 2·ζ·ω·y' + ω²·y = ω²·u.

    Attributes
    ----------
    delay_s
        From a command until the lens begins to act on it.
    natural_frequency_hz
        ω/2π of the undamped lens.
    damping
        ζ: below 1 the focus overshoots.
    hysteresis_dpt
        Width of the backlash: difference of the focus reached from the near and from the far side.
    """

    delay_s: float = 0.004
    natural_frequency_hz: float = 80.0
    damping: float = 0.6
    hysteresis_dpt: float = 0.0

    def __post_init__(self) -> None:
        """Refuse lenses that never settle."""
        if self.natural_frequency_hz <= 0.0 or self.damping <= 0.0:
            raise InputError(f"a lens needs a frequency and a damping above 0, got {self}")
        if self.delay_s < 0.0 or self.hysteresis_dpt < 0.0:
            raise InputError(f"the delay and hysteresis of a lens must not be negative, got {self}")

    @property
    def omega(self) -> float:
        """Natural frequency ω in radians a second."""
        return 2.0 * math.pi * self.natural_frequency_hz

    @property
    def latency_s(self) -> float:
        """Lag behind a steadily moving command: the delay, and 2·ζ/ω of the second-order system."""
        return self.delay_s + 2.0 * self.damping / self.omega

    def settle_s(self, step_dpt: float, *, tolerance_dpt: float) -> float:
        """Time from a command until the focus stays within a tolerance, for a step from rest.

        The backlash is left out: it is an offset that no waiting removes.
        """
        step_dpt = abs(step_dpt)
        if step_dpt <= tolerance_dpt:
            return self.delay_s
        slowest = self.omega * (self.damping - math.sqrt(max(self.damping**2 - 1.0, 0.0)))
        horizon_s = (math.log(step_dpt / tolerance_dpt) + 10.0) / slowest
        times_s = np.linspace(0.0, horizon_s, _SETTLE_SAMPLES)
        errors = [abs(self.step(-step_dpt, 0.0, elapsed_s=float(t))[0]) for t in times_s]
        last_outside = int(np.flatnonzero(np.array(errors) > tolerance_dpt)[-1])
        return self.delay_s + float(times_s[min(last_outside + 1, _SETTLE_SAMPLES - 1)])

    def step(self, error_dpt: float, speed_dpt_s: float, *, elapsed_s: float) -> tuple[float, float]:
        """Error and speed some time after the target became constant, in closed form.

        With s = ζ·ω and b = ω·sqrt(ζ² − 1), imaginary when underdamped, the error is
        exp(−s·t)·(e0·cosh(b·t) + (v0 + s·e0)·sinh(b·t)/b). (Any text on the damped oscillator.)

        Parameters
        ----------
        error_dpt, speed_dpt_s
            Focus less target, and its speed, at the start.
        elapsed_s
            Time since then, not negative.
        """
        s, omega = self.damping * self.omega, self.omega
        even, odd = _decays(s, omega * cmath.sqrt(self.damping**2 - 1.0), elapsed_s=elapsed_s)
        error = even * error_dpt + odd * (speed_dpt_s + s * error_dpt)
        speed = even * speed_dpt_s - odd * (s * speed_dpt_s + omega * omega * error_dpt)
        return error, speed

    def after_backlash(self, target_dpt: float, *, command_dpt: float) -> float:
        """Next target behind the backlash (the play operator): it moves only when it is pushed."""
        half_dpt = self.hysteresis_dpt / 2.0
        return min(max(target_dpt, command_dpt - half_dpt), command_dpt + half_dpt)


def _decays(s: float, b: complex, *, elapsed_s: float) -> tuple[float, float]:
    """exp(−s·t)·cosh(b·t) and exp(−s·t)·sinh(b·t)/b, without overflow or loss at b = 0."""
    rising, falling = cmath.exp((b - s) * elapsed_s), cmath.exp((-b - s) * elapsed_s)
    even = 0.5 * (rising + falling).real
    if abs(b) * elapsed_s < 1e-6:
        return even, elapsed_s * math.exp(-s * elapsed_s)
    return even, ((rising - falling) / (2.0 * b)).real
