"""The signal generator of an emulated ICC controller, as far as staircases go."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from capture.simulator.serial_lenses.optics import EmulatedOptics
from focstream.clock import now_ns

_PULSES = 4096
_LATE_NS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """A trigger pulse that was put out.

    Attributes
    ----------
    time_ns
        When, on the host's clock.
    stair
        Step of the staircase that it belongs to.
    """

    time_ns: int
    stair: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stairs:
    """What the generator does: equal steps from offset − amplitude to offset + amplitude, again and again."""

    count: int
    rate_hz: float
    amplitude_dpt: float
    offset_dpt: float
    settling_s: float

    def drive_dpt(self, stair: int) -> float:
        """Focal power of a step."""
        share = stair / (self.count - 1) if self.count > 1 else 0.5
        return self.offset_dpt + self.amplitude_dpt * (2 * share - 1)


class StaircaseGenerator:
    """Steps the lens and puts out a trigger pulse a settling delay after each step.

    Parameters
    ----------
    optics
        The lens, driven in dioptres.
    clock
        Host clock in nanoseconds.
    on_pulse
        Called with the time of every pulse: the wire to a camera.
    """

    def __init__(
        self,
        optics: EmulatedOptics,
        *,
        clock: Callable[[], int] = now_ns,
        on_pulse: Callable[[int], None] | None = None,
    ) -> None:
        self.pulses: deque[Pulse] = deque(maxlen=_PULSES)
        self._optics = optics
        self._clock = clock
        self._on_pulse = on_pulse
        self._stairs: Stairs | None = None
        self._start_ns = 0
        self._steps = self._pulsed = self._stepped_ns = 0

    def run(self, stairs: Stairs | None) -> None:
        """Begin; None stops."""
        self._stairs, self._start_ns, self._steps, self._pulsed = stairs, self._clock(), 0, 0

    def tick(self) -> float | None:
        """Do what is due; return the seconds until the next step or pulse, None when stopped."""
        stairs = self._stairs
        if stairs is None:
            return None
        period_s = 1 / (stairs.rate_hz * stairs.count)
        while True:
            step_ns = self._start_ns + round(self._steps * period_s * 1e9)
            now = self._clock()
            pulse_ns = self._start_ns + round((self._pulsed * period_s + stairs.settling_s) * 1e9)
            if self._steps > self._pulsed:  # a busy computer may step late; the lens must settle all the same
                pulse_ns = max(pulse_ns, self._stepped_ns + round(stairs.settling_s * 1e9))
            if min(step_ns, pulse_ns) > now:
                return (min(step_ns, pulse_ns) - now) * 1e-9
            if step_ns <= pulse_ns:
                self._optics.move(stairs.drive_dpt(self._steps % stairs.count))
                late_ns = now - step_ns
                self._stepped_ns = now if late_ns > _LATE_NS else step_ns
                self._steps += 1
            else:
                self.pulses.append(Pulse(time_ns=pulse_ns, stair=self._pulsed % stairs.count))
                self._pulsed += 1
                if self._on_pulse is not None:
                    self._on_pulse(pulse_ns)
