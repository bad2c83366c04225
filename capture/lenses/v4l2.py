"""Focus motors that Linux drives: webcams (``focus_absolute``) and voice coils on camera modules."""

import logging
from contextlib import AbstractContextManager, ExitStack, nullcontext
from types import TracebackType
from typing import Self

from capture.lens import LensInfo
from capture.lenses.setup import LensSetup
from capture.lenses.v4l2_controls import (
    FOCUS_ABSOLUTE,
    FOCUS_AUTO,
    ControlRange,
    Ioctl,
    V4l2Controls,
    V4l2Device,
)
from focstream.types import DeviceLostError, DeviceNotFoundError

_log = logging.getLogger(__name__)


class V4l2Lens:
    """A `Lens` that is the focus control of a video device. It tells no temperature.

    Autofocus is switched off first, and put back on closing where it was on. What a step means differs from
    driver to driver.

    Parameters
    ----------
    path
        The video device, or its number; not opened when `ioctl` is given.
    setup
        Its name and what its drive means: the share of its range, 0 to 1 (drivers count in their own steps).
    ioctl
        Takes the requests instead of the kernel.

    Raises
    ------
    DeviceNotFoundError
        On entering: when there is no such device, or it has no focus.
    """

    def __init__(self, path: str, *, setup: LensSetup, ioctl: Ioctl | None = None) -> None:
        self._setup = setup
        self._device: AbstractContextManager[object]
        if ioctl is None:
            device = V4l2Device(f"/dev/video{path}" if path.isdecimal() else path, lens=setup.name)
            self._device, ioctl = device, device.ioctl
        else:
            self._device = nullcontext()
        self._controls = V4l2Controls(ioctl, lens=setup.name)
        self._range = ControlRange(minimum=0, maximum=1, step=1)
        self._info: LensInfo | None = None
        self._open = ExitStack()

    @property
    def info(self) -> LensInfo:
        """What is known of the open lens."""
        if self._info is None:
            raise RuntimeError(f"{self._setup.name} is not open: use it in a with statement")
        return self._info

    def move(self, focus_dpt: float) -> None:
        """Ask for an object-side vergence (dioptres) and return at once; rounded to the steps of the driver.

        Raises
        ------
        InputError
            When the lens cannot focus there.
        DeviceLostError
            When the device is gone.
        """
        share = self._setup.drive_within(self.info, focus_dpt)
        reach = self._range
        steps = round(share * (reach.maximum - reach.minimum) / reach.step)
        self._controls.set(FOCUS_ABSOLUTE, min(reach.minimum + steps * reach.step, reach.maximum))

    def temperature_c(self) -> float | None:
        """Nothing: these lenses have no thermometer."""
        return None

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            opening.enter_context(self._device)
            try:
                self._range = self._found_range()
                self._switch_autofocus_off(opening)
                self._controls.get(FOCUS_ABSOLUTE)
            except DeviceLostError as error:
                raise DeviceNotFoundError(str(error)) from error
            self._info = self._setup.info(lowest=0.0, highest=1.0)
            self._open = opening.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the focus back to the autofocus where it had it, and close."""
        self._info = None
        self._open.__exit__(kind, error, trace)

    def _found_range(self) -> ControlRange:
        found = self._controls.query(FOCUS_ABSOLUTE)
        if found is None or found.maximum <= found.minimum:
            raise DeviceNotFoundError(
                f"{self._setup.name} has no focus that can be set; --list-lenses shows those that have"
            )
        return found

    def _switch_autofocus_off(self, opening: ExitStack) -> None:
        if self._controls.query(FOCUS_AUTO) is None or not self._controls.get(FOCUS_AUTO):
            return
        self._controls.set(FOCUS_AUTO, 0)
        opening.callback(self._switch_autofocus_on)

    def _switch_autofocus_on(self) -> None:
        try:
            self._controls.set(FOCUS_AUTO, 1)
        except DeviceLostError as error:
            _log.warning("autofocus could not be switched on again: %s", error)
