"""What Linux reports of a video device, without starting it."""

import os
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

from focstream.types import DeviceNotFoundError

_QUERYCAP = 0x80685600  # VIDIOC_QUERYCAP: an ioctl that reads 104 bytes
_CAPABILITY = struct.Struct("=16s32s32sIII12x")
_CAPTURES = 0x1 | 0x1000  # V4L2_CAP_VIDEO_CAPTURE, the same multi-planar
_HAS_DEVICE_CAPS = 0x80000000
_SYSFS = Path("/sys/class/video4linux")


@dataclass(frozen=True, slots=True, kw_only=True)
class UvcDevice:
    """A video device that can capture; texts are empty where it reports none."""

    index: int
    vendor: str
    model: str
    serial: str


def uvc_path(index: int) -> Path:
    """File of the video device number `index`."""
    return Path(f"/dev/video{index}")


def query_device(path: Path) -> str:
    """Name of the camera behind a video device.

    Raises
    ------
    DeviceNotFoundError
        When there is no such device, it may not be opened, or it does not capture (as the second device of
        many webcams, which delivers metadata).
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK)
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
        return _name(descriptor, path)
    finally:
        os.close(descriptor)


def find_devices() -> tuple[UvcDevice, ...]:
    """All video devices that can be opened and capture, by index; none on other systems than Linux."""
    indices = sorted(int(path.name[5:]) for path in Path("/dev").glob("video*") if path.name[5:].isdecimal())
    return tuple(device for index in indices if (device := _device(index)) is not None)


def _device(index: int) -> UvcDevice | None:
    try:
        name = query_device(uvc_path(index))
    except DeviceNotFoundError:
        return None
    # The directory of the USB device lies above that of its video interface.
    usb = (_SYSFS / f"video{index}" / "device").resolve().parent
    return UvcDevice(
        index=index, vendor=_text(usb / "manufacturer"), model=name, serial=_text(usb / "serial")
    )


def _name(descriptor: int, path: Path) -> str:
    capability = bytearray(_CAPABILITY.size)
    try:
        _read_capability(descriptor, capability)
    except OSError as error:
        raise DeviceNotFoundError(f"{path} is not a video device; see --list-cameras") from error
    _, card, _, _, of_all, of_device = _CAPABILITY.unpack(capability)
    if not (of_device if of_all & _HAS_DEVICE_CAPS else of_all) & _CAPTURES:
        raise DeviceNotFoundError(f"{path} delivers no images (only metadata, or output); see --list-cameras")
    return str(card.split(b"\0")[0].decode("utf-8", "replace"))


def _read_capability(descriptor: int, capability: bytearray) -> None:
    if sys.platform != "linux":
        raise OSError("video devices are files on Linux only")
    import fcntl

    fcntl.ioctl(descriptor, _QUERYCAP, capability)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
