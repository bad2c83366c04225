"""What Linux reports of a video device, without starting it."""

import errno
import functools
import logging
import os
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from capture.uvc.controls import Ioctl
from focstream.types import DeviceNotFoundError

_log = logging.getLogger(__name__)

_QUERYCAP = 0x80685600  # VIDIOC_QUERYCAP: an ioctl that reads 104 bytes
_CAPABILITY = struct.Struct("=16s32s32sIII12x")
_CAPTURES = 0x1 | 0x1000  # V4L2_CAP_VIDEO_CAPTURE, the same multi-planar
_HAS_DEVICE_CAPS = 0x80000000
_SYSFS = Path("/sys/class/video4linux")
_FIRST_DEVICES = 64
"""Linux numbers video devices from 0, and has few."""
_LINKS = Path("/dev/v4l/by-id")  # made by udev


@dataclass(frozen=True, slots=True, kw_only=True)
class UvcDevice:
    """A video device that can capture; texts are empty where it reports none.

    Attributes
    ----------
    index
        Its number, which may be another one after the next start of the computer.
    link
        Path that stays the same, in /dev/v4l/by-id; None without.
    vendor, model, serial
        As it reports them.
    """

    index: int
    link: Path | None
    vendor: str
    model: str
    serial: str


def uvc_path(index: int) -> Path:
    """File of the video device number `index`."""
    return Path(f"/dev/video{index}")


def resolved(which: int | Path) -> Path:
    """File of a video device, by its number or by a path, which may be a link as in /dev/v4l/by-id."""
    return uvc_path(which) if isinstance(which, int) else which.resolve()


@contextmanager
def open_device(path: Path) -> Iterator[Ioctl]:
    """Open a video device for requests; another program, or OpenCV, may take images from it meanwhile.

    Raises
    ------
    DeviceNotFoundError
        When there is no such device, or it may not be opened.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError as error:
        raise DeviceNotFoundError(f"there is no camera {path}; connect it, or see --list-cameras") from error
    except PermissionError as error:
        raise DeviceNotFoundError(
            f"no permission for {path}; join the group video (sudo usermod -aG video $USER) and log in again"
        ) from error
    except OSError as error:
        raise DeviceNotFoundError(
            f"{path} cannot be opened ({error.strerror}); close other programs"
        ) from error
    try:
        yield functools.partial(_ioctl, descriptor)
    finally:
        os.close(descriptor)


def query_device(path: Path) -> str:
    """Name of the camera behind a video device.

    Raises
    ------
    DeviceNotFoundError
        When there is no such device, it may not be opened, or it does not capture (as the second device of
        many webcams, which delivers metadata).
    """
    with open_device(path) as ioctl:
        return _name(ioctl, path)


def find_devices() -> tuple[UvcDevice, ...]:
    """All video devices that can be opened and capture, by index; none on other systems than Linux."""
    if sys.platform != "linux":
        return ()
    named = {int(path.name[5:]) for path in Path("/dev").glob("video*") if path.name[5:].isdecimal()}
    indices = sorted(named.union(range(_FIRST_DEVICES)))  # to open one is what finds it
    return tuple(device for index in indices if (device := _device(index)) is not None)


def _device(index: int) -> UvcDevice | None:
    path = uvc_path(index)
    try:
        name = query_device(path)
    except DeviceNotFoundError as error:
        if path.exists() and not os.access(path, os.R_OK | os.W_OK):
            _log.info("uvc:%d is not listed: %s", index, error)
        return None
    # The directory of the USB device lies above that of its video interface.
    usb = (_SYSFS / f"video{index}" / "device").resolve().parent
    return UvcDevice(
        index=index,
        link=_link(uvc_path(index)),
        vendor=_text(usb / "manufacturer"),
        model=name,
        serial=_text(usb / "serial"),
    )


def _link(path: Path) -> Path | None:
    return next((link for link in sorted(_LINKS.glob("*")) if link.resolve() == path), None)


def _name(ioctl: Ioctl, path: Path) -> str:
    capability = bytearray(_CAPABILITY.size)
    try:
        ioctl(_QUERYCAP, capability)
    except OSError as error:
        raise DeviceNotFoundError(f"{path} is not a video device; see --list-cameras") from error
    _, card, _, _, of_all, of_device = _CAPABILITY.unpack(capability)
    if not (of_device if of_all & _HAS_DEVICE_CAPS else of_all) & _CAPTURES:
        raise DeviceNotFoundError(f"{path} delivers no images (only metadata, or output); see --list-cameras")
    return str(card.split(b"\0")[0].decode("utf-8", "replace"))


def _ioctl(descriptor: int, request: int, buffer: bytearray) -> None:
    if sys.platform != "linux":
        raise OSError(errno.ENOTTY, "video devices are files on Linux only")
    import fcntl

    fcntl.ioctl(descriptor, request, buffer)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
