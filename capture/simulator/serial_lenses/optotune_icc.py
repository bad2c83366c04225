"""An emulated Optotune ICC-1C with a lens, in simple and in pro mode."""

import struct
from collections.abc import Callable
from typing import ClassVar

from capture.lenses.optotune import pro_link as registers
from capture.lenses.optotune.icc_lines import END, MAX_LINE
from capture.lenses.optotune.pro_frames import ERROR, FLAG, GET, SET, SET_MODE, ProMessage, decode, encode
from capture.lenses.reply import ReplyError
from capture.simulator.serial_lenses.optics import EmulatedOptics
from capture.simulator.serial_lenses.staircase_generator import StaircaseGenerator, Stairs

_UNKNOWN_REGISTER = 2
_BAD_VALUE = 3
_ROOM_C = 25.0
_MAX_UNFINISHED = 256


class OptotuneIccFirmware:
    """A `Firmware` that speaks as the controller does, on one channel. Of the generator only staircases move.

    Parameters
    ----------
    optics
        The lens, driven in dioptres.
    lens_attached
        False for a controller without a lens head.
    on_pulse
        Called with the time of every trigger pulse.

    Attributes
    ----------
    generator
        Moves the lens by itself, and remembers its trigger pulses.
    """

    _FLOATS: ClassVar = (
        registers.STATIC_CURRENT,
        registers.STATIC_FOCAL_POWER,
        registers.GENERATOR_HZ,
        registers.GENERATOR_AMPLITUDE,
        registers.GENERATOR_OFFSET,
        registers.GENERATOR_PHASE,
        registers.GENERATOR_TRIGGER_SHIFT_MS,
        registers.GENERATOR_TRIGGER_DUTY,
        registers.GENERATOR_SETTLING_MS,
    )
    _INTS: ClassVar = (
        registers.INPUT,
        registers.GENERATOR_UNIT,
        registers.GENERATOR_RUN,
        registers.GENERATOR_SHAPE,
        registers.GENERATOR_CYCLES,
        registers.GENERATOR_EXTERNAL_TRIGGER,
        registers.GENERATOR_STAIRS,
    )

    def __init__(
        self,
        optics: EmulatedOptics,
        *,
        lens_attached: bool = True,
        on_pulse: Callable[[int], None] | None = None,
    ) -> None:
        self.generator = StaircaseGenerator(optics, on_pulse=on_pulse)
        self._optics = optics
        self._attached = lens_attached
        self._buffer = bytearray()
        self._pro = False
        self._power_dpt = self._current_ma = 0.0
        self._values: dict[int, float] = dict.fromkeys((*self._FLOATS, *self._INTS), 0)
        self._values[registers.INPUT] = registers.INPUT_STATIC
        self._asked: dict[str, Callable[[], str]] = {
            "START": lambda: "OK",
            "GOPRO": self._go_pro,
            "DETECTDEVICE": lambda: "OK" if self._attached else "ERROR",
            "GETDEVICESN": lambda: "EMULATED1",
            "GETFP": lambda: f"{self._power_dpt:.3f}",
            "GETFPMIN": lambda: f"{optics.lowest if self._attached else 0.0:.3f}",
            "GETFPMAX": lambda: f"{optics.highest if self._attached else 0.0:.3f}",
            "GETCURRENT": lambda: f"{self._current_ma:.3f}",
            "GETTEMP": lambda: f"{self._temperature_c():.3f}",
        }

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes that arrived and return the answers to the commands that are complete."""
        self._buffer += data
        replies = []
        while (reply := self._next_frame() if self._pro else self._next_line()) is not None:
            if reply:
                replies.append(reply)
        return replies

    def tick(self) -> float | None:
        """Let the generator do what is due."""
        return self.generator.tick()

    def late_error(self) -> bytes:
        """Return what comes after a damaged command: in simple mode it was not recognised."""
        return b"" if self._pro else b"NO" + END

    def _next_line(self) -> bytes | None:
        end = self._buffer.find(END)
        if end < 0:
            if len(self._buffer) > MAX_LINE:
                self._buffer.clear()
            return None
        line = bytes(self._buffer[:end]).decode("ascii", "replace").upper()
        del self._buffer[: end + len(END)]
        verb, _, value = line.partition("=")
        answer = self._set(verb, value) if value else self._asked.get(line, lambda: "NO")()
        return answer.encode("ascii") + END

    def _go_pro(self) -> str:
        self._pro = True
        return "OK"

    def _set(self, verb: str, text: str) -> str:
        try:
            value = float(text)
        except ValueError:
            return "NO"
        if verb == "SETFP":
            return self._set_power(value)
        if verb == "SETCURRENT":
            self._current_ma = value
            self._optics.move(0.0)
            return "OK"
        return "OK" if verb == "SETTEMPLIM" else "NO"

    def _set_power(self, power_dpt: float) -> str:
        # As real ones do, it refuses the very limits that it reports.
        if not power_dpt > self._optics.lowest:
            return "OL"
        if not power_dpt < self._optics.highest:
            return "OU"
        self._power_dpt = power_dpt
        self._optics.move(power_dpt)
        return "OK"

    def _next_frame(self) -> bytes | None:
        start = self._buffer.find(FLAG)
        end = self._buffer.find(FLAG, start + 1) if start >= 0 else -1
        if end < 0:
            too_long = len(self._buffer) > _MAX_UNFINISHED
            del self._buffer[: len(self._buffer) if start < 0 or too_long else start]
            return None
        inside = bytes(self._buffer[start + 1 : end])
        try:
            message = decode(inside)
        except ReplyError:
            del self._buffer[:end]  # the second flag may begin the next frame
            return b""
        del self._buffer[: end + 1]
        return self._answer(message)

    def _answer(self, message: ProMessage) -> bytes:
        if message.command == SET_MODE and len(message.payload) == 2:
            self._pro = False
            return encode(ProMessage(command=SET_MODE, payload=b""))
        register = int.from_bytes(message.payload[:2], "big")
        if message.command == GET and len(message.payload) == 2:
            return self._get_register(register)
        if message.command == SET and len(message.payload) == 6:
            return self._set_register(register, message.payload[2:])
        return _error(message.command, _UNKNOWN_REGISTER)

    def _get_register(self, register: int) -> bytes:
        if register == registers.TEMPERATURE:
            return encode(ProMessage(command=GET, payload=struct.pack(">f", self._temperature_c())))
        if register not in self._values:
            return _error(GET, _UNKNOWN_REGISTER)
        if register in self._INTS:
            value = struct.pack(">i", int(self._values[register]))
        else:
            value = struct.pack(">f", self._values[register])
        return encode(ProMessage(command=GET, payload=value))

    def _set_register(self, register: int, raw: bytes) -> bytes:
        if register not in self._values:
            return _error(SET, _UNKNOWN_REGISTER)
        value = struct.unpack(">i" if register in self._INTS else ">f", raw)[0]
        if not abs(value) < 1e6:  # also NaN
            return _error(SET, _BAD_VALUE)
        self._values[register] = value
        if register == registers.STATIC_FOCAL_POWER and self._set_power(value) != "OK":
            return _error(SET, _BAD_VALUE)
        if register == registers.STATIC_CURRENT:
            self._optics.move(0.0)
        if register == registers.GENERATOR_RUN:
            self.generator.run(self._stairs() if value else None)
        return encode(ProMessage(command=SET, payload=b""))

    def _stairs(self) -> Stairs | None:
        values = self._values
        count, rate_hz = int(values[registers.GENERATOR_STAIRS]), values[registers.GENERATOR_HZ]
        if (
            values[registers.INPUT] != registers.INPUT_GENERATOR
            or values[registers.GENERATOR_SHAPE] != registers.SHAPE_STAIRCASE
            or values[registers.GENERATOR_UNIT] != registers.UNIT_FOCAL_POWER
            or not 1 <= count <= 100
            or not 0 < rate_hz <= 1000
        ):
            return None
        return Stairs(
            count=count,
            rate_hz=rate_hz,
            amplitude_dpt=values[registers.GENERATOR_AMPLITUDE],
            offset_dpt=values[registers.GENERATOR_OFFSET],
            settling_s=max(values[registers.GENERATOR_SETTLING_MS], 0.0) * 1e-3,
        )

    def _temperature_c(self) -> float:
        temperature_c = self._optics.temperature_c()
        return _ROOM_C if temperature_c is None else temperature_c


def _error(command: int, number: int) -> bytes:
    return encode(ProMessage(command=command | ERROR, payload=struct.pack(">i", number)))
