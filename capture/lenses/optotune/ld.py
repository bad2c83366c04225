"""Liquid lenses on Optotune's Lens Driver 4 or 4i, set in dioptres or by current."""

import logging
from contextlib import ExitStack
from types import TracebackType
from typing import Literal, Self

from capture.lens import LensInfo
from capture.lenses.optotune.ld_link import LdLink, LdStatus
from capture.lenses.periodic import Periodic
from capture.lenses.port import SerialPort
from capture.lenses.setup import LensSetup
from focstream.types import DeviceLostError, DeviceNotFoundError

_log = logging.getLogger(__name__)
_BAUD = 115_200


class OptotuneLd:
    """A `Lens` on a Lens Driver 4.

    Commands that move it are not answered, so moving costs one write. Once a second the temperature and the
    status are asked for; that is also when a silent driver is noticed.

    Parameters
    ----------
    path
        Serial port.
    setup
        Its name and what its drive means: dioptres with "focal-power", else milliamperes.
    mode
        "focal-power" is compensated for temperature by the driver; "current" is not.

    Raises
    ------
    DeviceNotFoundError
        On entering: when the port cannot be opened, or no such driver with a lens answers on it.
    """

    def __init__(
        self, path: str, *, setup: LensSetup, mode: Literal["focal-power", "current"] = "focal-power"
    ) -> None:
        self._setup = setup
        self._mode = mode
        self._port = SerialPort(path, lens=setup.name, baud=_BAUD)
        self._link = LdLink(self._port)
        self._info: LensInfo | None = None
        self._max_current_ma = 0.0
        self._temperature_c: float | None = None
        self._status = LdStatus(0)
        self._check = Periodic()
        self._open = ExitStack()

    @property
    def info(self) -> LensInfo:
        """What is known of the open lens; its limits are those that the driver tells."""
        if self._info is None:
            raise RuntimeError(f"{self._setup.name} is not open: use it in a with statement")
        return self._info

    @property
    def link(self) -> LdLink:
        """The conversation with the driver, for what a `Lens` has no word for."""
        return self._link

    def move(self, focus_dpt: float) -> None:
        """Ask for an object-side vergence (dioptres) and return at once.

        Raises
        ------
        InputError
            When the lens cannot focus there.
        DeviceLostError
            When the driver is gone.
        """
        drive = self._setup.drive_within(self.info, focus_dpt)
        if self._mode == "current":
            self._link.set_current(drive, max_current_ma=self._max_current_ma)
        else:
            self._link.set_focal_power(drive)

    def temperature_c(self) -> float | None:
        """Temperature of the lens, at most a second old."""
        if self._check.due():
            self._temperature_c = self._link.temperature_c()
            self._watch(self._link.status())
        return self._temperature_c

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            opening.enter_context(self._port)
            try:
                self._link.start()
                opening.callback(self._close)
                self._info = self._ready()
            except DeviceLostError as error:
                raise DeviceNotFoundError(f"no Optotune Lens Driver 4 answers: {error}") from error
            self._open = opening.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Set the current to 0 and close."""
        self._open.__exit__(kind, error, trace)

    def _ready(self) -> LensInfo:
        if self._mode == "current":
            lowest, highest, self._max_current_ma = self._link.use_current()
        else:
            lowest, highest = self._link.use_focal_power(self._setup.temperature_limits_c)
        return self._setup.info(lowest=lowest, highest=highest)

    def _watch(self, status: LdStatus) -> None:
        """Report what is new in the status, once."""
        new, self._status = status & ~self._status, status
        if LdStatus.HARDWARE_MISSING in status:
            raise DeviceLostError(f"{self._setup.name}: the lens head was taken off; connect it, start again")
        if new:
            _log.warning("%s reports %s", self._setup.name, str(new.name).lower().replace("_", " "))

    def _close(self) -> None:
        self._info = None
        try:
            self._link.switch_off()
        except DeviceLostError as error:
            _log.warning("%s could not be switched off: %s", self._setup.name, error)
