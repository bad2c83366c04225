"""Focus motors that Linux drives: webcams (``focus_absolute``) and voice coils on camera modules."""

import errno
import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from capture.lenses.serial_lens import SerialLens
from capture.lenses.setup import LensSetup
from capture.lenses.v4l2_device import V4l2Device
from capture.uvc.controls import FOCUS_ABSOLUTE, FOCUS_AUTO, ControlRange, Ioctl, V4l2Controls
from focstream.types import DeviceLostError, DeviceNotFoundError

_log = logging.getLogger(__name__)


class V4l2FocusControl:
    """The focus control of a video device (`LensController`). It has no thermometer.

    Its drive is the share of its range, 0 to 1, because drivers count in steps of their own. What a step
    means differs from driver to driver. Autofocus is off while the lens is open.
    """

    no_answer = "this focus cannot be set"

    def __init__(self, ioctl: Ioctl, *, lens: str) -> None:
        self._controls = V4l2Controls(ioctl)
        self._lens = lens
        self._range = ControlRange(minimum=0, maximum=1, step=1)
        self._had_autofocus = False

    def greet(self) -> None:
        """Ask for the range of the focus, and switch autofocus off."""
        with self._asked():
            found = self._controls.query(FOCUS_ABSOLUTE)
            if found is None or found.maximum <= found.minimum:
                raise DeviceNotFoundError(
                    f"{self._lens} has no focus that can be set; --list-lenses shows those that have"
                )
            self._range = found
            autofocus = self._controls.query(FOCUS_AUTO)
            self._had_autofocus = autofocus is not None and bool(self._controls.get(FOCUS_AUTO))
            if self._had_autofocus:
                self._controls.set(FOCUS_AUTO, 0)

    def limits(self) -> tuple[float, float]:
        """Find out whether the focus can be read; return all of the range."""
        with self._asked():
            self._controls.get(FOCUS_ABSOLUTE)
        return 0.0, 1.0

    def move(self, drive: float) -> None:
        """Set the focus to a share of the range, rounded to the steps of the driver."""
        reach = self._range
        steps = round(drive * (reach.maximum - reach.minimum) / reach.step)
        with self._asked():
            self._controls.set(FOCUS_ABSOLUTE, min(reach.minimum + steps * reach.step, reach.maximum))

    def temperature_c(self) -> None:
        """Do nothing: there is no temperature."""

    def switch_off(self) -> None:
        """Give the focus back to the autofocus where it had it."""
        if not self._had_autofocus:
            return
        try:
            with self._asked():
                self._controls.set(FOCUS_AUTO, 1)
        except DeviceLostError as error:
            _log.warning("autofocus could not be switched on again: %s", error)

    @contextmanager
    def _asked(self) -> Iterator[None]:
        """Say in our words what the kernel answers."""
        try:
            yield
        except OSError as error:
            raise self._lost(error) from error

    def _lost(self, error: OSError) -> DeviceLostError:
        if error.errno == errno.EBUSY:
            return DeviceLostError(
                f"{self._lens} does not let itself be focused; end what sets its autofocus"
            )
        if error.errno in (errno.ENODEV, errno.EIO, errno.EBADF):
            return DeviceLostError(f"{self._lens} is gone; check its cable, then start again")
        return DeviceLostError(f"{self._lens} refuses a focus ({error.strerror}); see v4l2-ctl --list-ctrls")


def v4l2_lens(path: str, *, setup: LensSetup, ioctl: Ioctl | None = None) -> SerialLens[V4l2FocusControl]:
    """Make the lens of a video device.

    Parameters
    ----------
    path
        The video device, or its number; not opened when `ioctl` is given.
    setup
        Name of the lens, and what its drive (the share of its range) means.
    ioctl
        Takes the requests instead of the kernel.
    """
    port: AbstractContextManager[object] = nullcontext()
    if ioctl is None:
        device = V4l2Device(f"/dev/video{path}" if path.isdecimal() else path, lens=setup.name)
        port, ioctl = device, device.ioctl
    return SerialLens(port, V4l2FocusControl(ioctl, lens=setup.name), setup=setup)
