"""A lens behind a port: opened, guarded and closed here, while its controller only speaks."""

import logging
from contextlib import AbstractContextManager, ExitStack
from types import TracebackType
from typing import Generic, Protocol, Self, TypeVar

from capture.lens import LensInfo
from capture.lenses.periodic import Periodic
from capture.lenses.setup import LensSetup
from focstream.types import DeviceLostError, DeviceNotFoundError

_log = logging.getLogger(__name__)


class LensController(Protocol):
    """Speaks to one controller, over a port that is open. `DeviceLostError` means that it stopped answering.

    Attributes
    ----------
    no_answer
        Begins the message when it cannot be opened, such as ``"no Optotune Lens Driver 4 answers"``.
    """

    no_answer: str

    def greet(self) -> None:
        """Find out whether it is there; from then on it is switched off when the lens is closed."""
        ...

    def limits(self) -> tuple[float, float]:
        """Make it ready to move; return its lowest and highest drive."""
        ...

    def move(self, drive: float) -> None:
        """Drive the lens to a place within the limits."""
        ...

    def temperature_c(self) -> float | None:
        """Ask for the temperature of the lens; None without a sensor. Faults are noticed here too."""
        ...

    def switch_off(self) -> None:
        """Leave the lens in a safe state."""
        ...


_Controller = TypeVar("_Controller", bound=LensController)


class SerialLens(Generic[_Controller]):
    """A `Lens` whose controller is on a serial port, or on anything else that is opened and closed.

    Parameters
    ----------
    port
        Open while the lens is.
    controller
        Speaks over that port.
    setup
        Name of the lens, and what its drive means.

    Attributes
    ----------
    controller
        Access to what only this kind of controller can do.

    Raises
    ------
    DeviceNotFoundError
        On entering: when the port cannot be opened, or no such controller with a lens answers on it.
    """

    def __init__(
        self, port: AbstractContextManager[object], controller: _Controller, *, setup: LensSetup
    ) -> None:
        self.controller = controller
        self._port = port
        self._setup = setup
        self._info: LensInfo | None = None
        self._temperature_c: float | None = None
        self._check = Periodic()
        self._open = ExitStack()

    @property
    def info(self) -> LensInfo:
        """Name, limits and behaviour of the open lens; the controller reports the limits."""
        if self._info is None:
            raise RuntimeError(f"{self._setup.name} is not open: use it in a with statement")
        return self._info

    def move(self, focus_dpt: float) -> None:
        """Ask for an object-side vergence (dioptres); return when the controller has the command.

        Raises
        ------
        InputError
            When the lens cannot focus there.
        DeviceLostError
            When the controller stopped answering, or refused.
        """
        self.controller.move(self._setup.drive_within(self.info, focus_dpt))

    def temperature_c(self) -> float | None:
        """Temperature of the lens, at most a second old; None where the controller has no sensor."""
        if self._check.due():
            self._temperature_c = self.controller.temperature_c()
        return self._temperature_c

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            opening.enter_context(self._port)
            try:
                self.controller.greet()
                opening.callback(self._switch_off)
                lowest, highest = self.controller.limits()
            except DeviceLostError as error:
                raise DeviceNotFoundError(f"{self.controller.no_answer}: {error}") from error
            self._info = self._setup.info(lowest=lowest, highest=highest)
            self._open = opening.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Switch the lens off and close the port."""
        self._open.__exit__(kind, error, trace)

    def _switch_off(self) -> None:
        self._info = None
        try:
            self.controller.switch_off()
        except DeviceLostError as error:
            _log.warning("%s could not be switched off: %s", self._setup.name, error)
