"""Liquid lenses on Optotune's Lens Driver 4 or 4i, set in dioptres or by current."""

import logging
from typing import Literal

from capture.lenses.optotune.ld_link import LdLink, LdStatus
from capture.lenses.port import SerialPort
from capture.lenses.serial_lens import SerialLens
from capture.lenses.setup import LensSetup
from focstream.types import DeviceLostError

_log = logging.getLogger(__name__)
_BAUD = 115_200


class OptotuneLd:
    """One Lens Driver 4 in focal power mode (`LensController`). Its drive is in dioptres.

    Commands that move it are not answered, so moving costs one write. A silent driver is noticed when its
    temperature and status are asked for. The driver itself compensates for temperature.

    Parameters
    ----------
    port
        Open when it is spoken to.
    limits_c
        Lowest and highest temperature of use.

    Attributes
    ----------
    link
        The conversation with the driver.
    """

    no_answer = "no Optotune Lens Driver 4 answers"

    def __init__(self, port: SerialPort, *, limits_c: tuple[float, float]) -> None:
        self.link = LdLink(port)
        self._lens = port.lens
        self._limits_c = limits_c
        self._status = LdStatus(0)

    def greet(self) -> None:
        """Shake hands, which sets the current to 0."""
        self.link.start()

    def limits(self) -> tuple[float, float]:
        """Set the mode; return the lowest and highest focal power (dioptres)."""
        return self.link.use_focal_power(self._limits_c)

    def move(self, drive: float) -> None:
        """Set the focal power (dioptres); not answered."""
        self.link.set_focal_power(drive)

    def temperature_c(self) -> float | None:
        """Ask for the temperature of the lens; what is new in the status is reported once."""
        temperature_c, status = self.link.temperature_c(), self.link.status()
        new, self._status = status & ~self._status, status
        if LdStatus.HARDWARE_MISSING in status:
            raise DeviceLostError(f"{self._lens}: the lens head was taken off; connect it, start again")
        if new:
            _log.warning("%s reports %s", self._lens, str(new.name).lower().replace("_", " "))
        return temperature_c

    def switch_off(self) -> None:
        """Set the current to 0."""
        self.link.switch_off()


class OptotuneLdByCurrent(OptotuneLd):
    """The same in current mode, without compensation for temperature. Its drive is in milliamperes."""

    _max_current_ma = 0.0

    def limits(self) -> tuple[float, float]:
        """Set the mode; return the lowest and highest current (milliamperes)."""
        lowest_ma, highest_ma, self._max_current_ma = self.link.use_current()
        return lowest_ma, highest_ma

    def move(self, drive: float) -> None:
        """Set the current (milliamperes); not answered."""
        self.link.set_current(drive, max_current_ma=self._max_current_ma)


def optotune_ld(
    path: str, *, setup: LensSetup, mode: Literal["focal-power", "current"] = "focal-power"
) -> SerialLens[OptotuneLd]:
    """Make the lens on a serial port; its drive is in dioptres with "focal-power", else in milliamperes."""
    port = SerialPort(path, lens=setup.name, baud=_BAUD)
    make = OptotuneLdByCurrent if mode == "current" else OptotuneLd
    return SerialLens(port, make(port, limits_c=setup.temperature_limits_c), setup=setup)
