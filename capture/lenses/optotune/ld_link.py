"""The commands of Optotune's Lens Driver 4 and 4i."""

import logging
import struct
from enum import IntFlag

from capture.lenses.exchange import Exchange
from capture.lenses.optotune import ld_frames as frames
from capture.lenses.port import SerialPort
from capture.lenses.reply import RefusedError, ReplyError
from focstream.types import DeviceLostError, DeviceNotFoundError

_log = logging.getLogger(__name__)
_LIMITS_REPLY = struct.Struct(">Bhh")


class LdStatus(IntFlag):
    """Bits of the status byte."""

    HARDWARE_MISSING = 1
    EEPROM_MISSING = 2
    NO_TEMPERATURE_LIMITS = 4
    CANNOT_REACH = 8
    POWER_INVERTED = 16
    TEMPERATURE_OUTSIDE_SPECIFICATION = 32
    POWER_OUTSIDE_GUARANTEED_RANGE = 64
    TEMPERATURE_OUTSIDE_LIMITS = 128


class LdLink:
    """The conversation with one Lens Driver 4 over an open port.

    Attributes
    ----------
    exchange
        Its traffic.
    lost_commands
        Commands that reached the driver damaged; it reports them with a later answer.
    """

    def __init__(self, port: SerialPort) -> None:
        self.exchange = Exchange(port, stale=self._look_for_errors)
        self.lost_commands = 0
        self._lens = port.lens
        self._firmware = ""
        self._has_short_temperature = False

    def start(self) -> None:
        """Shake hands, which sets the current to 0, and ask for the type of the firmware."""
        self.exchange.ask(frames.START, frames.read_ready)
        self._firmware = self._ask(b"H", reply=b"H", size=6).decode("latin-1")

    def use_focal_power(self, limits_c: tuple[float, float]) -> tuple[float, float]:
        """Set the temperature limits, then the focal power mode; return its far and near limit in dioptres.

        Raises
        ------
        DeviceNotFoundError
            When no lens is attached, or it cannot be driven in dioptres.
        """
        try:
            self._limits(frames.set_temperature_limits(*limits_c), reply=b"PT", size=11)
            status, lowest_dpt, highest_dpt = self._limits(frames.frame(b"MwCA"), reply=b"MCA", size=12)
        except RefusedError as error:
            raise DeviceNotFoundError(
                f"{error}; drive the lens by current instead: --lens optotune-ld-current"
            ) from error
        if highest_dpt <= lowest_dpt or LdStatus.HARDWARE_MISSING in status:
            raise DeviceNotFoundError(f"{self._lens}: no lens head attached; connect it to the driver")
        if LdStatus.NO_TEMPERATURE_LIMITS in status:
            raise DeviceNotFoundError(f"{self._lens}: the driver did not take the temperature limits")
        return lowest_dpt, highest_dpt

    def use_current(self) -> tuple[float, float, float]:
        """Set the current mode; return the lowest, highest and full-scale current in milliamperes."""
        self._ask(b"MwDA", reply=b"MDA", size=7)
        (max_code,) = struct.unpack(">H", self._ask(b"CrMA\0\0", reply=b"CMA", size=9))
        (upper,) = struct.unpack(">h", self._ask(b"CrUA\0\0", reply=b"CUA", size=9))
        (lower,) = struct.unpack(">h", self._ask(b"CrLA\0\0", reply=b"CLA", size=9))
        max_ma = max_code / 100
        step_ma = max_ma / frames.MAX_CODE
        return lower * step_ma, upper * step_ma, max_ma

    def set_focal_power(self, power_dpt: float) -> None:
        """Set the focal power (dioptres); not answered."""
        self.exchange.tell(frames.set_focal_power(frames.focal_code(power_dpt, firmware=self._firmware)))

    def set_current(self, current_ma: float, *, max_current_ma: float) -> None:
        """Set the current (milliamperes); not answered."""
        self.exchange.tell(frames.set_current(frames.current_code(current_ma, max_current_ma=max_current_ma)))

    def switch_off(self) -> None:
        """Go to current mode at no current, which is safe for lens and driver."""
        self._ask(b"MwDA", reply=b"MDA", size=7)
        self.exchange.tell(frames.set_current(0))

    def temperature_c(self) -> float | None:
        """Temperature of the lens; None without a sensor."""
        raw = self._short_temperature() if self._has_short_temperature else self._temperature()
        return None if raw == frames.NO_SENSOR else raw * frames.TEMPERATURE_STEP_C

    def status(self) -> LdStatus:
        """First status byte; the others are empty or say that lens and firmware do not fit."""
        return LdStatus(self._ask(b"Sr", reply=b"S", size=9)[3])

    def _temperature(self) -> int:
        try:
            return int(struct.unpack(">h", self._ask(b"TCA", reply=b"TCA", size=9))[0])
        except RefusedError:  # the firmware of 2016 has another command
            self._has_short_temperature = True
            return self._short_temperature()

    def _short_temperature(self) -> int:
        failed, raw = struct.unpack(">Bh", self._ask(b"TA", reply=b"TA", size=9))
        return frames.NO_SENSOR if failed else int(raw)

    def _ask(self, payload: bytes, *, reply: bytes, size: int) -> bytes:
        return self._ask_frame(frames.frame(payload), reply=reply, size=size)

    def _ask_frame(self, question: bytes, *, reply: bytes, size: int) -> bytes:
        return self.exchange.ask(
            question, lambda source: frames.read_reply(source, prefix=reply, size=size, late=self._late)
        )

    def _limits(self, question: bytes, *, reply: bytes, size: int) -> tuple[LdStatus, float, float]:
        status, highest, lowest = _LIMITS_REPLY.unpack(self._ask_frame(question, reply=reply, size=size))
        return (
            LdStatus(status),
            frames.focal_power_dpt(lowest, firmware=self._firmware),
            frames.focal_power_dpt(highest, firmware=self._firmware),
        )

    def _look_for_errors(self, stale: bytes) -> None:
        for number in frames.errors_in(stale):
            self._late(number)

    def _late(self, number: int) -> None:
        error = frames.refusal(number)
        if not isinstance(error, ReplyError):
            raise DeviceLostError(f"{self._lens} refused an earlier command: {error}; start again")
        self.lost_commands += 1
        _log.warning("%s lost a command: %s (%d so far)", self._lens, error, self.lost_commands)
