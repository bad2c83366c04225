"""The controls of a Linux video device: three ioctls, as bytes.

Source: linux/videodev2.h. Numbers are the same on every architecture that this runs on.
"""

import errno
import os
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from focstream.types import DeviceLostError, DeviceNotFoundError

FOCUS_ABSOLUTE, FOCUS_AUTO = 0x009A090A, 0x009A090C
GET, SET, QUERY = 0xC008561B, 0xC008561C, 0xC0445624
CONTROL = struct.Struct("=Ii")
"""v4l2_control: id, value."""
QUERIED = struct.Struct("=II32siiiiI8x")
"""v4l2_queryctrl: id, type, name, minimum, maximum, step, default, flags."""
DISABLED = 0x1

Ioctl = Callable[[int, bytearray], None]
"""Request and structure, which is changed in place; raises OSError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlRange:
    """The values that a control can be set to."""

    minimum: int
    maximum: int
    step: int


class V4l2Controls:
    """Reads and sets controls.

    Parameters
    ----------
    ioctl
        Request to the open device.
    lens
        Name of the lens, for messages.
    """

    def __init__(self, ioctl: Ioctl, *, lens: str) -> None:
        self._ioctl = ioctl
        self._lens = lens

    def query(self, control: int) -> ControlRange | None:
        """Range of a control; None when the device has no such control."""
        buffer = bytearray(QUERIED.pack(control, 0, b"", 0, 0, 0, 0, 0))
        try:
            self._ioctl(QUERY, buffer)
        except OSError as error:
            if error.errno in (errno.EINVAL, errno.ENOTTY):
                return None
            raise self._lost(error) from error
        _, _, _, minimum, maximum, step, _, flags = QUERIED.unpack(buffer)
        if flags & DISABLED:
            return None
        return ControlRange(minimum=minimum, maximum=maximum, step=max(step, 1))

    def get(self, control: int) -> int:
        """Value of a control.

        Raises
        ------
        DeviceLostError
            When the device is gone.
        """
        buffer = bytearray(CONTROL.pack(control, 0))
        self._do(GET, buffer)
        return int(CONTROL.unpack(buffer)[1])

    def set(self, control: int, value: int) -> None:
        """Set a control.

        Raises
        ------
        DeviceLostError
            When the device is gone, or does not let itself be set.
        """
        self._do(SET, bytearray(CONTROL.pack(control, value)))

    def _do(self, request: int, buffer: bytearray) -> None:
        try:
            self._ioctl(request, buffer)
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


class V4l2Device:
    """A video device, open for its controls only: a camera program may stream from it meanwhile.

    Parameters
    ----------
    path
        Such as ``"/dev/video0"`` or ``"/dev/v4l-subdev1"``.
    lens
        Name of the lens, for messages.

    Raises
    ------
    DeviceNotFoundError
        On entering: when there is no such device, or it may not be opened.
    """

    def __init__(self, path: str, *, lens: str) -> None:
        self._path = path
        self._lens = lens
        self._descriptor = -1

    def ioctl(self, request: int, buffer: bytearray) -> None:
        """Pass a request on to the kernel."""
        if sys.platform != "linux":
            raise OSError(errno.ENOTTY, "video devices are files on Linux only")
        import fcntl

        fcntl.ioctl(self._descriptor, request, buffer)

    def __enter__(self) -> Self:
        try:
            self._descriptor = os.open(self._path, os.O_RDWR | getattr(os, "O_NONBLOCK", 0))
        except FileNotFoundError as error:
            raise DeviceNotFoundError(
                f"{self._lens}: there is no device {self._path}; connect it, or see --list-lenses"
            ) from error
        except PermissionError as error:
            raise DeviceNotFoundError(
                f"{self._lens}: no permission for {self._path}; join the group video "
                "(sudo usermod -aG video $USER) and log in again"
            ) from error
        except OSError as error:
            raise DeviceNotFoundError(
                f"{self._lens}: {self._path} cannot be opened ({error.strerror}); see --list-lenses"
            ) from error
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        os.close(self._descriptor)
        self._descriptor = -1
