"""An emulated Corning Varioptic Flexiboard with a lens."""

from capture.lenses.varioptic_frames import (
    ACK,
    FAULT,
    FOCUS,
    MAX_CODE,
    MAX_REGISTERS,
    MODE,
    MODE_ANALOG,
    MODE_STANDBY,
    NACK,
    READ,
    STX,
    WRITE,
    sum8,
    voltage_v,
)
from capture.simulator.serial_lenses.optics import EmulatedOptics

_CONTROL, _VERSION = 0x02, 0x05
_REGISTERS = 0x10
_HEADER = 4


class VariopticFirmware:
    """A `Firmware` that speaks as the board does. It begins at its analog input, as the board does.

    Parameters
    ----------
    optics
        The lens, driven in V rms.

    Attributes
    ----------
    eeprom_writes
        How often its EEPROM was written, which wears it out.
    """

    def __init__(self, optics: EmulatedOptics) -> None:
        self.eeprom_writes = 0
        self._optics = optics
        self._buffer = bytearray()
        self._registers = bytearray(_REGISTERS)
        self._registers[MODE] = MODE_ANALOG
        self._registers[_VERSION] = 0x12

    @property
    def standing_by(self) -> bool:
        """Whether the lens is without voltage."""
        return bool(self._registers[MODE] & MODE_STANDBY)

    def set_fault(self, bits: int) -> None:
        """Report faults from now on."""
        self._registers[FAULT] = bits

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes that arrived and return the answers to the commands that are complete."""
        self._buffer += data
        replies = []
        while (reply := self._next_reply()) is not None:
            replies.append(reply)
        return replies

    def tick(self) -> float | None:
        """Do nothing: it does nothing by itself."""
        return None

    def late_error(self) -> bytes:
        """Return nothing: every command is answered at once."""
        return b""

    def _next_reply(self) -> bytes | None:
        start = self._buffer.find(STX)
        del self._buffer[: start if start >= 0 else len(self._buffer)]
        if len(self._buffer) < _HEADER:
            return None
        command, register, count = self._buffer[1:_HEADER]
        size = _HEADER + 1 + (count if command == WRITE else 0)
        if command not in (WRITE, READ) or not 1 <= count <= MAX_REGISTERS:
            del self._buffer[0]
            return _summed(STX, command, NACK)
        if len(self._buffer) < size:
            return None
        frame = bytes(self._buffer[:size])
        del self._buffer[:size]
        if frame[-1] != sum8(frame[:-1]) or register + count > _REGISTERS:
            return _summed(STX, command, NACK)
        return self._read(register, count) if command == READ else self._write(register, frame[_HEADER:-1])

    def _read(self, register: int, count: int) -> bytes:
        return _summed(STX, READ, *self._registers[register : register + count])

    def _write(self, register: int, values: bytes) -> bytes:
        for at, value in enumerate(values, start=register):
            self._registers[at] = value
        written = range(register, register + len(values))
        if _CONTROL in written:
            self.eeprom_writes += self._registers[_CONTROL] & 1
        if FOCUS + 1 in written:  # writing the high byte changes the output, and leaves the analog input
            self._registers[MODE] &= ~MODE_ANALOG & 0xFF
            self._drive()
        return _summed(STX, WRITE, ACK)

    def _drive(self) -> None:
        code = int.from_bytes(self._registers[FOCUS : FOCUS + 2], "little")
        if not self.standing_by:
            self._optics.move(voltage_v(min(code, MAX_CODE)))


def _summed(*values: int) -> bytes:
    data = bytes(values)
    return data + bytes((sum8(data),))
