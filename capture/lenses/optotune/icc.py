"""Liquid lenses on Optotune's ICC-1C, ICC-4C or ECC-1C, set in dioptres by lines of text."""

import logging
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from capture.lens import LensInfo
from capture.lenses.optotune.icc_simple import BAUDS, TIMEOUT_S, IccSimpleLink
from capture.lenses.periodic import Periodic
from capture.lenses.port import SerialPort
from capture.lenses.setup import LensSetup
from focstream.types import DeviceLostError, DeviceNotFoundError

_log = logging.getLogger(__name__)


class OptotuneIcc:
    """A `Lens` on an ICC or ECC controller in simple mode. Temperature and drift are compensated there.

    Parameters
    ----------
    path
        Serial port, or ``"socket://ADDRESS:5000"``.
    setup
        Its name and what its drive (dioptres) means.

    Raises
    ------
    DeviceNotFoundError
        On entering: when the port cannot be opened, or no such controller with a lens answers on it.
    """

    def __init__(self, path: str, *, setup: LensSetup) -> None:
        self._setup = setup
        self._port = SerialPort(path, lens=setup.name, baud=BAUDS[0], timeout_s=TIMEOUT_S)
        self._link = IccSimpleLink(self._port)
        self._info: LensInfo | None = None
        self._temperature_c: float | None = None
        self._check = Periodic()
        self._open = ExitStack()

    @property
    def info(self) -> LensInfo:
        """What is known of the open lens; its limits are those that the controller tells."""
        if self._info is None:
            raise RuntimeError(f"{self._setup.name} is not open: use it in a with statement")
        return self._info

    @property
    def link(self) -> IccSimpleLink:
        """The conversation with the controller."""
        return self._link

    def move(self, focus_dpt: float) -> None:
        """Ask for an object-side vergence (dioptres) and return when the controller has confirmed it.

        Raises
        ------
        InputError
            When the lens cannot focus there.
        DeviceLostError
            When the controller stopped answering, or refused.
        """
        self._link.set_focal_power(self._setup.drive_within(self.info, focus_dpt))

    def temperature_c(self) -> float | None:
        """Temperature of the lens, at most a second old."""
        if self._check.due():
            self._temperature_c = self._link.temperature_c()
        return self._temperature_c

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            opening.enter_context(self._port)
            try:
                self._link.start()
                opening.callback(self._close)
                lowest_dpt, highest_dpt = self._link.limits_dpt()
            except DeviceLostError as error:
                raise DeviceNotFoundError(f"no Optotune ICC or ECC answers: {error}") from error
            self._info = self._setup.info(lowest=lowest_dpt, highest=highest_dpt)
            self._open = opening.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Set the current to 0 and close."""
        self._open.__exit__(kind, error, trace)

    def _close(self) -> None:
        self._info = None
        try:
            self._link.switch_off()
        except DeviceLostError as error:
            _log.warning("%s could not be switched off: %s", self._setup.name, error)
