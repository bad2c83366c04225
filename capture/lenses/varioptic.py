"""Liquid lenses on Corning Varioptic's USB-M Flexiboard, set in volts."""

import logging

from capture.lenses import varioptic_frames as frames
from capture.lenses.exchange import Exchange
from capture.lenses.port import SerialPort
from capture.lenses.serial_lens import SerialLens
from capture.lenses.setup import LensSetup

_log = logging.getLogger(__name__)
_BAUD = 57_600


class Varioptic:
    """One Flexiboard (`LensController`). It has no thermometer; its faults are looked at instead.

    Attributes
    ----------
    exchange
        The traffic with the board.
    """

    no_answer = "no Varioptic Flexiboard answers"

    def __init__(self, port: SerialPort) -> None:
        self.exchange = Exchange(port)
        self._faults = 0

    def greet(self) -> None:
        """Read the focus registers, which changes nothing."""
        self._registers(frames.FOCUS, 2)

    def limits(self) -> tuple[float, float]:
        """Make the board listen; return the lowest and highest voltage (V rms)."""
        # A new board listens to its analog input, and one that we closed stands by.
        self._write_mode(0)
        return frames.LOWEST_V, frames.voltage_v(frames.MAX_CODE)

    def move(self, drive: float) -> None:
        """Set the voltage (V rms) and wait for the board to confirm it."""
        self.exchange.ask(frames.focus_frame(drive), frames.read_acknowledge)

    def temperature_c(self) -> None:
        """Report what is new in the fault register, once; there is no temperature."""
        faults = self._registers(frames.FAULT, 1)[0]
        new, self._faults = faults & ~self._faults, faults
        for bit, text in frames.FAULTS.items():
            if new & bit:
                _log.warning("%s reports: %s", self.exchange.port.lens, text)

    def switch_off(self) -> None:
        """Put the lens on standby."""
        self._write_mode(frames.MODE_STANDBY)

    def _registers(self, register: int, count: int) -> bytes:
        question = frames.read_frame(register, count)
        return self.exchange.ask(question, lambda source: frames.read_registers(source, count))

    def _write_mode(self, mode: int) -> None:
        self.exchange.ask(frames.write_frame(frames.MODE, bytes((mode,))), frames.read_acknowledge)


def varioptic(path: str, *, setup: LensSetup) -> SerialLens[Varioptic]:
    """Make the lens on a serial port. What its volts mean differs from lens to lens: calibrate it."""
    port = SerialPort(path, lens=setup.name, baud=_BAUD)
    return SerialLens(port, Varioptic(port), setup=setup)
