"""The controls of a Linux video device: three ioctls, as bytes.

Source: linux/videodev2.h. Numbers are the same on every architecture that this runs on.
"""

import errno
import struct
from collections.abc import Callable
from dataclasses import dataclass

FOCUS_ABSOLUTE, FOCUS_AUTO = 0x009A090A, 0x009A090C
EXPOSURE_AUTO, WHITE_BALANCE_AUTO, GAIN_AUTO = 0x009A0901, 0x0098090C, 0x00980912
EXPOSURE_ABSOLUTE, GAIN = 0x009A0902, 0x00980913
EXPOSURE_BY_HAND = 1
"""Of the menu EXPOSURE_AUTO (V4L2_EXPOSURE_MANUAL)."""
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
    """Reads and sets controls; what the kernel raises (OSError) goes through.

    Parameters
    ----------
    ioctl
        Request to the open device.
    """

    def __init__(self, ioctl: Ioctl) -> None:
        self._ioctl = ioctl

    def query(self, control: int) -> ControlRange | None:
        """Range of a control; None when the device has no such control."""
        buffer = bytearray(QUERIED.pack(control, 0, b"", 0, 0, 0, 0, 0))
        try:
            self._ioctl(QUERY, buffer)
        except OSError as error:
            if error.errno in (errno.EINVAL, errno.ENOTTY):
                return None
            raise
        _, _, _, minimum, maximum, step, _, flags = QUERIED.unpack(buffer)
        if flags & DISABLED:
            return None
        return ControlRange(minimum=minimum, maximum=maximum, step=max(step, 1))

    def get(self, control: int) -> int:
        """Value of a control."""
        buffer = bytearray(CONTROL.pack(control, 0))
        self._ioctl(GET, buffer)
        return int(CONTROL.unpack(buffer)[1])

    def set(self, control: int, value: int) -> None:
        """Set a control."""
        self._ioctl(SET, bytearray(CONTROL.pack(control, value)))
