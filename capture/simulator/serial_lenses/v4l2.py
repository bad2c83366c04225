"""An emulated video device with a focus motor."""

import errno

from capture.simulator.serial_lenses.faults import Faults
from capture.simulator.serial_lenses.optics import EmulatedOptics
from capture.uvc.controls import CONTROL, FOCUS_ABSOLUTE, FOCUS_AUTO, GET, QUERIED, QUERY, SET

_INTEGER, _BOOLEAN = 1, 2
_MAXIMUM = 1023


class V4l2Focus:
    """Answers the requests that the kernel would answer, for a focus of 1024 steps and an autofocus.

    Parameters
    ----------
    optics
        The lens, driven with 0 to 1.
    faults
        What goes wrong; only "unplug" can, because the kernel always answers.
    """

    def __init__(self, optics: EmulatedOptics, *, faults: Faults | None = None) -> None:
        self.autofocus = True
        self._optics = optics
        self._faults = faults or Faults()
        self._focus = 0
        self._gone = False

    def unplug(self) -> None:
        """Pull the plug."""
        self._gone = True

    def ioctl(self, request: int, buffer: bytearray) -> None:
        """Answer a request; raises OSError as the kernel does."""
        self._gone = self._gone or self._faults.unplugged()
        if self._gone:
            raise OSError(errno.ENODEV, "No such device")
        answer = {GET: self._get, SET: self._set, QUERY: self._query}.get(request)
        if answer is None:
            raise OSError(errno.ENOTTY, "Inappropriate ioctl for device")
        answer(buffer)

    def _query(self, buffer: bytearray) -> None:
        control = QUERIED.unpack(buffer)[0]
        if control == FOCUS_ABSOLUTE:
            buffer[:] = QUERIED.pack(control, _INTEGER, b"Focus, Absolute", 0, _MAXIMUM, 1, 0, 0)
        elif control == FOCUS_AUTO:
            buffer[:] = QUERIED.pack(control, _BOOLEAN, b"Focus, Automatic Continuous", 0, 1, 1, 1, 0)
        else:
            raise OSError(errno.EINVAL, "Invalid argument")

    def _get(self, buffer: bytearray) -> None:
        control = CONTROL.unpack(buffer)[0]
        if control not in (FOCUS_ABSOLUTE, FOCUS_AUTO):
            raise OSError(errno.EINVAL, "Invalid argument")
        buffer[:] = CONTROL.pack(control, self._focus if control == FOCUS_ABSOLUTE else int(self.autofocus))

    def _set(self, buffer: bytearray) -> None:
        control, value = CONTROL.unpack(buffer)
        if control == FOCUS_AUTO:
            self.autofocus = bool(value)
        elif control != FOCUS_ABSOLUTE:
            raise OSError(errno.EINVAL, "Invalid argument")
        elif not 0 <= value <= _MAXIMUM:
            raise OSError(errno.ERANGE, "Numerical result out of range")
        elif self.autofocus:
            raise OSError(errno.EBUSY, "Device or resource busy")
        else:
            self._focus = value
            self._optics.move(value / _MAXIMUM)
