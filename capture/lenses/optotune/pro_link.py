"""The commands of Optotune's ICC-1C, ICC-4C and ECC-1C in pro mode, on their first channel."""

from capture.lenses.exchange import Exchange
from capture.lenses.optotune import pro_frames as frames

INPUT = 0x4000
INPUT_STATIC, INPUT_GENERATOR = 0x50, 0x60
STATIC_CURRENT, STATIC_FOCAL_POWER = 0x5000, 0x5004
TEMPERATURE = 0x2200
GENERATOR_UNIT, GENERATOR_RUN, GENERATOR_SHAPE, GENERATOR_HZ = 0x6000, 0x6001, 0x6002, 0x6003
GENERATOR_AMPLITUDE, GENERATOR_OFFSET, GENERATOR_PHASE, GENERATOR_CYCLES = 0x6004, 0x6005, 0x6006, 0x6007
GENERATOR_EXTERNAL_TRIGGER, GENERATOR_STAIRS = 0x6009, 0x600B
GENERATOR_TRIGGER_SHIFT_MS, GENERATOR_TRIGGER_DUTY, GENERATOR_SETTLING_MS = 0x600D, 0x600E, 0x600F
UNIT_FOCAL_POWER, SHAPE_STAIRCASE, ENDLESS = 3, 5, -1


class IccProLink:
    """The conversation with one controller that is in pro mode."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange

    def set_focal_power(self, power_dpt: float) -> None:
        """Set the focal power (dioptres)."""
        self._set_float(STATIC_FOCAL_POWER, power_dpt)

    def temperature_c(self) -> float:
        """Temperature of the lens."""
        return self.exchange.ask(frames.get(TEMPERATURE), frames.read_float)

    def switch_off(self) -> None:
        """Stop the generator, set the current to 0, and go back to simple mode."""
        self._set_int(GENERATOR_RUN, 0)
        self._set_int(INPUT, INPUT_STATIC)
        self._set_float(STATIC_CURRENT, 0.0)
        self.exchange.tell(frames.GO_SIMPLE)

    def hold(self) -> None:
        """Stop the generator and listen to `set_focal_power`."""
        self._set_int(GENERATOR_RUN, 0)
        self._set_int(INPUT, INPUT_STATIC)

    def run_staircase(
        self, *, lowest_dpt: float, highest_dpt: float, stairs: int, rate_hz: float, settling_s: float
    ) -> None:
        """Let the generator go through equal steps of focal power, with a trigger pulse at each.

        Frequency and number of stairs are set before what depends on them. That the stairs go from offset −
        amplitude to offset + amplitude is our reading of the SDK; no controller has confirmed it.

        Parameters
        ----------
        lowest_dpt, highest_dpt
            First and last step.
        stairs
            Steps in a staircase.
        rate_hz
            Staircases a second.
        settling_s
            From a step until its trigger pulse.
        """
        self._set_int(GENERATOR_RUN, 0)
        self._set_int(INPUT, INPUT_GENERATOR)
        self._set_int(GENERATOR_UNIT, UNIT_FOCAL_POWER)
        self._set_int(GENERATOR_SHAPE, SHAPE_STAIRCASE)
        self._set_float(GENERATOR_HZ, rate_hz)
        self._set_int(GENERATOR_STAIRS, stairs)
        self._set_float(GENERATOR_AMPLITUDE, (highest_dpt - lowest_dpt) / 2)
        self._set_float(GENERATOR_OFFSET, (highest_dpt + lowest_dpt) / 2)
        self._set_float(GENERATOR_PHASE, 0.0)
        self._set_int(GENERATOR_CYCLES, ENDLESS)
        self._set_int(GENERATOR_EXTERNAL_TRIGGER, 0)
        self._set_float(GENERATOR_SETTLING_MS, settling_s * 1e3)
        self._set_float(GENERATOR_TRIGGER_SHIFT_MS, 0.0)
        self._set_float(GENERATOR_TRIGGER_DUTY, 0.5)
        self._set_int(GENERATOR_RUN, 1)

    def _set_float(self, register: int, value: float) -> None:
        self.exchange.ask(frames.set_float(register, value), frames.read_done)

    def _set_int(self, register: int, value: int) -> None:
        self.exchange.ask(frames.set_int(register, value), frames.read_done)
