"""Liquid lenses on Optotune's ICC-1C, ICC-4C or ECC-1C, set in dioptres by lines of text."""

from capture.lenses.exchange import Exchange
from capture.lenses.optotune import icc_lines as lines
from capture.lenses.optotune.pro_frames import GO_SIMPLE
from capture.lenses.port import SerialPort
from capture.lenses.serial_lens import SerialLens
from capture.lenses.setup import LensSetup
from focstream.types import DeviceLostError, DeviceNotFoundError

_BAUDS = (256_000, 115_200)
"""The speed they come with, then another; over USB and TCP any speed works."""
_TIMEOUT_S = 0.3
"""Time for one answer; three attempts take about as long as the one second of the maker's SDK."""
_MARGIN_DPT = 0.01


class OptotuneIcc:
    """One controller in simple mode (`LensController`). It compensates for temperature and drift itself."""

    no_answer = "no Optotune ICC or ECC answers"

    def __init__(self, port: SerialPort) -> None:
        self.exchange = Exchange(port)
        self._lens = port.lens

    def greet(self) -> None:
        """Shake hands, at whatever speed the controller listens, also when it was left in pro mode."""
        port = self.exchange.port
        for baud in _BAUDS:
            port.set_baud(baud)
            port.write(GO_SIMPLE)  # to a controller in simple mode an unknown word
            port.write(lines.END)
            port.drain_until_quiet()
            try:
                self.exchange.ask(lines.line("START"), lines.read_ok)
            except DeviceLostError as error:
                failure = error
            else:
                return
        raise failure

    def limits(self) -> tuple[float, float]:
        """Ask for the lowest and highest focal power (dioptres).

        Both are drawn in a little, because controllers refuse the limits that they report.

        Raises
        ------
        DeviceNotFoundError
            When no lens is attached.
        """
        lowest_dpt, highest_dpt = self._number("GETFPMIN"), self._number("GETFPMAX")
        if highest_dpt - lowest_dpt <= 2 * _MARGIN_DPT:
            raise DeviceNotFoundError(f"{self._lens}: no lens head attached; connect it to the controller")
        return lowest_dpt + _MARGIN_DPT, highest_dpt - _MARGIN_DPT

    def move(self, drive: float) -> None:
        """Set the focal power (dioptres)."""
        self._set(f"SETFP={drive:.4f}")

    def temperature_c(self) -> float:
        """Ask for the temperature of the lens."""
        return self._number("GETTEMP")

    def switch_off(self) -> None:
        """Set the current to 0."""
        self._set("SETCURRENT=0")

    def go_pro(self) -> None:
        """Change to pro mode, without checksums as the maker's SDK does."""
        self._set("GoPro")

    def _set(self, command: str) -> None:
        self.exchange.ask(lines.line(command), lines.read_ok)

    def _number(self, command: str) -> float:
        return self.exchange.ask(lines.line(command), lines.read_number)


def optotune_icc(path: str, *, setup: LensSetup) -> SerialLens[OptotuneIcc]:
    """Make the lens on a serial port, or on ``"socket://ADDRESS:5000"``. Its drive is in dioptres."""
    port = icc_port(path, setup=setup)
    return SerialLens(port, OptotuneIcc(port), setup=setup)


def icc_port(path: str, *, setup: LensSetup) -> SerialPort:
    """Make the port of a controller, not yet open."""
    return SerialPort(path, lens=setup.name, baud=_BAUDS[0], timeout_s=_TIMEOUT_S)
