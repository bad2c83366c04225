"""An emulated Optotune Lens Driver 4 with a lens."""

import math
import struct
from collections.abc import Callable

from capture.lenses.optotune.crc16 import crc16_arc
from capture.lenses.optotune.ld_frames import (
    MAX_CODE,
    NO_SENSOR,
    TEMPERATURE_STEP_C,
    focal_code,
    focal_power_dpt,
)
from capture.simulator.serial_lenses.optics import EmulatedOptics
from capture.simulator.serial_lenses.optotune_ld_commands import START, is_known, is_sound, next_command

_CURRENT, _FOCAL_POWER = 1, 5
_READY = b"Ready\r\n"
_DAMAGED, _NOT_HERE, _UNKNOWN = 1, 2, 3
_MISSING, _NO_LIMITS, _CANNOT_REACH = 0x01, 0x04, 0x08
_LENS_SERIAL = b"FOCS0001"


class OptotuneLdFirmware:
    """A `Firmware` that speaks as the driver does, in current and focal power mode.

    The generators and the analog input are not emulated, and answered as not available. A lens that is driven
    in milliamperes needs optics whose drive is milliamperes; one driven in dioptres, optics in dioptres.

    Parameters
    ----------
    optics
        The lens.
    firmware_type
        "A" counts focal powers from −5 dpt, the others from 0.
    by_current
        Whether the drive of `optics` is milliamperes.
    lens_attached
        False for a driver without a lens head.

    Attributes
    ----------
    eeprom_writes
        How often its EEPROM was written, which wears it out.
    """

    def __init__(
        self,
        optics: EmulatedOptics,
        *,
        firmware_type: str = "A",
        by_current: bool = False,
        lens_attached: bool = True,
    ) -> None:
        self.eeprom_writes = 0
        self._optics = optics
        self._type = firmware_type
        self._by_current = by_current
        self._attached = lens_attached
        self._buffer = bytearray()
        self._mode = _CURRENT
        self._current = self._power = 0
        self._temperature_limits: tuple[int, int] | None = None
        self._settings = {b"M": 29284, b"U": MAX_CODE, b"L": -MAX_CODE}
        self._beyond = False
        self._answers: dict[bytes, Callable[[bytes], bytes | None]] = {
            b"A": self._on_current,
            b"M": self._on_mode,
            b"P": self._on_power,
            b"C": self._on_settings,
            b"T": self._on_temperature,
            b"S": lambda _: b"S\0\0\0" + bytes((self._status(),)),
            b"H": lambda _: b"H" + self._type.encode("ascii"),
            b"F": lambda _: b"F\0",
            b"V": lambda _: b"V" + struct.pack(">BBHH", 1, 8, 1, 0),
            b"X": lambda _: b"X" + (_LENS_SERIAL if self._attached else b"00000000"),
            b"J": lambda _: b"J\0\0\1",
            b"I": lambda _: b"IREMULATED",
            b"Z": self._on_lens_eeprom,
        }

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes that arrived and return the answers to the commands that are complete."""
        self._buffer += data
        replies = []
        while (command := next_command(self._buffer)) is not None:
            if reply := self._answer(command):
                replies.append(reply)
        return replies

    def tick(self) -> float | None:
        """Do nothing: it does nothing by itself."""
        return None

    def late_error(self) -> bytes:
        """Return the error frame that follows a damaged command."""
        return _framed(bytes((ord("E"), _DAMAGED)))

    def _answer(self, command: bytes) -> bytes:
        if command == START:
            self._set_current(0)
            return _READY
        if not is_known(command):
            return _framed(bytes((ord("E"), _UNKNOWN)))
        if not is_sound(command):
            return self.late_error()
        answer = self._handled(command[:-2])
        if answer is None:
            return _framed(bytes((ord("E"), _NOT_HERE)))
        return _framed(answer) if answer else b""

    def _handled(self, command: bytes) -> bytes | None:
        handle = self._answers.get(command[:1])
        return None if handle is None else handle(command)

    def _on_current(self, command: bytes) -> bytes | None:
        if command[1:2] == b"w":
            self._set_current(struct.unpack(">h", command[2:4])[0])
            return b""
        return b"A" + struct.pack(">h", self._current)

    def _on_mode(self, command: bytes) -> bytes | None:
        if command == b"MMA":
            return b"MMA" + bytes((self._mode,))
        if command == b"MwDA":
            self._mode = _CURRENT
            return b"MDA"
        if command == b"MwCA" and not self._by_current:
            if self._temperature_limits is not None:
                self._mode = _FOCAL_POWER
            return b"MCA" + self._limits()
        return None

    def _on_power(self, command: bytes) -> bytes | None:
        verb, value = command[:4], command[4:]
        if self._by_current or verb not in (b"PwDA", b"PrDA", b"PwTA", b"PrTA"):
            return None
        if verb == b"PwDA":
            self._set_power(struct.unpack(">h", value[:2])[0])
            return b""
        if verb == b"PrDA":
            return b"PD" + struct.pack(">h", self._power)
        if verb == b"PwTA":
            self._temperature_limits = struct.unpack(">hh", value)
        return b"PT" + self._limits()

    def _on_settings(self, command: bytes) -> bytes | None:
        verb, which = command[1:2], command[2:3]
        form = ">H" if which == b"M" else ">h"
        if verb == b"w":
            self._settings[which] = struct.unpack(form, command[4:6])[0]
            self.eeprom_writes += 1
        return b"C" + which + b"A" + struct.pack(form, self._settings[which])

    def _on_lens_eeprom(self, command: bytes) -> bytes | None:
        self.eeprom_writes += int(command[1:2] == b"w")
        return b"Z\0"

    def _on_temperature(self, command: bytes) -> bytes | None:
        temperature_c = self._optics.temperature_c()
        raw = NO_SENSOR if temperature_c is None else round(temperature_c / TEMPERATURE_STEP_C)
        if command == b"TA":
            return b"TA" + struct.pack(">Bh", 0xFF if temperature_c is None else 0, raw)
        return b"TCA" + struct.pack(">h", raw)

    def _set_current(self, code: int) -> None:
        lowest, highest = (max(self._settings[b"L"], -MAX_CODE), min(self._settings[b"U"], MAX_CODE))
        self._current = min(max(code, lowest), highest)
        if self._attached and self._by_current and self._mode == _CURRENT:
            self._optics.move(self._current * self._settings[b"M"] / 100 / MAX_CODE)
        elif self._attached:
            self._optics.move(0.0)

    def _set_power(self, code: int) -> None:
        if self._mode != _FOCAL_POWER or not self._attached:
            return
        lowest, highest = self._power_codes()
        self._beyond = not lowest <= code <= highest
        self._power = min(max(code, lowest), highest)
        self._optics.move(focal_power_dpt(self._power, firmware=self._type))

    def _power_codes(self) -> tuple[int, int]:
        if not self._attached:
            return 0, 0
        lowest, highest = (
            focal_code(dpt, firmware=self._type) for dpt in (self._optics.lowest, self._optics.highest)
        )
        # Rounding must not promise more than the lens can do.
        lowest += math.ceil(self._optics.lowest - focal_power_dpt(lowest, firmware=self._type) - 1e-9)
        highest -= math.ceil(focal_power_dpt(highest, firmware=self._type) - self._optics.highest - 1e-9)
        return lowest, highest

    def _limits(self) -> bytes:
        lowest, highest = self._power_codes()
        return struct.pack(">Bhh", self._status(), highest, lowest)

    def _status(self) -> int:
        return (
            (0 if self._attached else _MISSING)
            | (_NO_LIMITS if self._temperature_limits is None and not self._by_current else 0)
            | (_CANNOT_REACH if self._beyond else 0)
        )


def _framed(payload: bytes) -> bytes:
    return payload + crc16_arc(payload).to_bytes(2, "little") + b"\r\n"
