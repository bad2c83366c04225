"""Asks a video device for its modes.

Source: linux/videodev2.h.
"""

import errno
import struct
from collections.abc import Iterator

from capture.uvc.controls import Ioctl
from capture.uvc.modes import OfferedModes, VideoMode

_ENUM_FORMAT, _ENUM_SIZE, _ENUM_INTERVAL = 0xC0405602, 0xC02C564A, 0xC034564B
_GET_RATE, _REQUEST_BUFFERS = 0xC0CC5615, 0xC0145608
_UNION_AT = struct.calcsize("P")  # v4l2_format holds pointers: its union begins at their alignment
_FORMAT_BYTES = 200 + _UNION_AT
_GET_FORMAT = 0xC0005604 | _FORMAT_BYTES << 16
_CAPTURE, _MMAP, _DISCRETE = 1, 1, 1  # V4L2_BUF_TYPE_VIDEO_CAPTURE, V4L2_MEMORY_MMAP, V4L2_FRM…_TYPE_DISCRETE
_MOST = 256  # a driver that never ends its list must not hold us


def is_in_use(ioctl: Ioctl) -> bool:
    """Return True when another program takes images from the device."""
    try:
        ioctl(_REQUEST_BUFFERS, bytearray(struct.pack("=III8x", 0, _CAPTURE, _MMAP)))
    except OSError as error:
        return error.errno == errno.EBUSY
    return False


def present_mode(ioctl: Ioctl) -> VideoMode | None:
    """Return the mode that the device is set to; None where it does not say."""
    told = bytearray(_FORMAT_BYTES)
    struct.pack_into("=I", told, 0, _CAPTURE)
    try:
        ioctl(_GET_FORMAT, told)
    except OSError:
        return None
    width_px, height_px, code = struct.unpack_from("=II4s", told, _UNION_AT)
    if width_px == 0 or height_px == 0:
        return None
    return VideoMode(fourcc=_text(code), width_px=width_px, height_px=height_px, rate_hz=_rate_hz(ioctl))


def offered_modes(ioctl: Ioctl) -> tuple[OfferedModes, ...]:
    """Return all modes; none where the driver lists none."""
    return tuple(
        modes
        for told in _listed(ioctl, _ENUM_FORMAT, struct.pack("=II56x", 0, _CAPTURE))
        for modes in _sizes(ioctl, bytes(told[44:48]))
    )


def _rate_hz(ioctl: Ioctl) -> float:
    told = bytearray(204)
    struct.pack_into("=I", told, 0, _CAPTURE)
    try:
        ioctl(_GET_RATE, told)
    except OSError:
        return 0.0
    seconds, parts = struct.unpack_from("=II", told, 12)
    return parts / seconds if seconds else 0.0


def _sizes(ioctl: Ioctl, code: bytes) -> Iterator[OfferedModes]:
    for told in _listed(ioctl, _ENUM_SIZE, struct.pack("=I4s36x", 0, code)):
        kind, *numbers = struct.unpack_from("=I6I", told, 8)
        if kind == _DISCRETE:
            width_px, height_px = numbers[:2]
            widths_px, heights_px = range(width_px, width_px + 1), range(height_px, height_px + 1)
        else:
            widths_px = range(numbers[0], numbers[1] + 1, max(numbers[2], 1))
            heights_px = range(numbers[3], numbers[4] + 1, max(numbers[5], 1))
        rates_hz = _rates(ioctl, code, widths_px[-1], heights_px[-1])
        yield OfferedModes(fourcc=_text(code), widths_px=widths_px, heights_px=heights_px, rates_hz=rates_hz)


def _rates(ioctl: Ioctl, code: bytes, width_px: int, height_px: int) -> tuple[float, ...]:
    asked = struct.pack("=I4sII36x", 0, code, width_px, height_px)
    told = [struct.unpack_from("=III", one, 16) for one in _listed(ioctl, _ENUM_INTERVAL, asked)]
    if any(kind != _DISCRETE for kind, _, _ in told):
        return ()  # any rate within limits
    return tuple(parts / seconds for _, seconds, parts in told if seconds)


def _listed(ioctl: Ioctl, request: int, asked: bytes) -> Iterator[bytearray]:
    """All answers to a request whose first field counts them."""
    for index in range(_MOST):
        buffer = bytearray(asked)
        struct.pack_into("=I", buffer, 0, index)
        try:
            ioctl(request, buffer)
        except OSError:
            return  # EINVAL behind the last one, ENOTTY where the driver lists nothing
        yield buffer


def _text(code: bytes) -> str:
    return code.decode("ascii", "replace").rstrip("\0")
