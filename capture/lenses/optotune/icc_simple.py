"""What Optotune's ICC-1C, ICC-4C and ECC-1C can be asked and told in their simple mode."""

from capture.lenses.exchange import Exchange
from capture.lenses.optotune import icc_lines as lines
from capture.lenses.optotune.pro_frames import GO_SIMPLE
from capture.lenses.port import SerialPort
from focstream.types import DeviceLostError, DeviceNotFoundError

BAUDS = (256_000, 115_200)
"""The speed they come with, then another; over USB and TCP any speed works."""
TIMEOUT_S = 0.3
"""For one answer; three attempts take about as long as the one second of the maker's SDK."""
_MARGIN_DPT = 0.01


class IccSimpleLink:
    """The conversation with one controller over an open port, in simple mode."""

    def __init__(self, port: SerialPort) -> None:
        self.exchange = Exchange(port)
        self._lens = port.lens

    def start(self) -> None:
        """Shake hands, at whatever speed the controller listens, also when it was left in pro mode.

        Raises
        ------
        DeviceNotFoundError
            When it does not answer at any speed.
        """
        port = self.exchange.port
        for baud in BAUDS:
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
        raise DeviceNotFoundError(f"no Optotune ICC or ECC answers: {failure}") from failure

    def limits_dpt(self) -> tuple[float, float]:
        """Lowest and highest focal power, a little within what is told: controllers refuse their own limits.

        Raises
        ------
        DeviceNotFoundError
            When no lens is attached.
        """
        lowest_dpt, highest_dpt = self._number("GETFPMIN"), self._number("GETFPMAX")
        if highest_dpt - lowest_dpt <= 2 * _MARGIN_DPT:
            raise DeviceNotFoundError(f"{self._lens}: no lens head attached; connect it to the controller")
        return lowest_dpt + _MARGIN_DPT, highest_dpt - _MARGIN_DPT

    def set_focal_power(self, power_dpt: float) -> None:
        """Set the focal power (dioptres)."""
        self._set(f"SETFP={power_dpt:.4f}")

    def temperature_c(self) -> float:
        """Temperature of the lens."""
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
