"""Finds the real lenses that are connected."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from capture.lenses.kinds import CP2102, FTDI, LENS_KINDS, UsbId
from capture.lenses.port import need_pyserial
from capture.lenses.v4l2_device import V4l2Device
from capture.uvc.controls import FOCUS_ABSOLUTE, V4l2Controls
from capture.uvc.device import find_devices, uvc_path
from focstream.types import FocstreamError, MissingPackageError

_log = logging.getLogger(__name__)
_BRIDGES = (CP2102, FTDI)


@dataclass(frozen=True, slots=True, kw_only=True)
class LensListing:
    """One lens, as far as it is known before it is opened.

    Attributes
    ----------
    kind
        Which driver it takes.
    selector
        What ``--lens`` takes, such as ``"optotune-ld:/dev/ttyACM0"``.
    description
        Model and serial number, as far as they are known.
    certain
        True when its USB identity belongs to such lenses alone; bridge chips are in many things.
    """

    kind: str
    selector: str
    description: str
    certain: bool


def list_lenses() -> tuple[LensListing, ...]:
    """Find all real lenses without opening serial ports, those that are certain first."""
    try:
        found = _on_serial_ports()
    except MissingPackageError as error:
        _log.info("lenses on serial ports are not listed: %s", error)
        found = []
    found += _on_video_devices()
    return tuple(sorted(found, key=lambda lens: not lens.certain))


def describe_lenses(lenses: Sequence[LensListing]) -> str:
    """Put a list of lenses into words, one a line, the first column being what ``--lens`` takes."""
    if not lenses:
        return f"no lens found; emulated ones: --lens {', '.join(f'{kind}:sim' for kind in _emulated())}"
    width = max(len(lens.selector) for lens in lenses)
    return "\n".join(
        f"{lens.selector:<{width}}  {lens.description}{'' if lens.certain else ' (or something else)'}"
        for lens in lenses
    )


def kinds_with(usb_id: UsbId) -> tuple[str, ...]:
    """Kinds of lenses that have this USB identity, best first."""
    return tuple(name for name, kind in LENS_KINDS.items() if usb_id in kind.usb_ids)


def _emulated() -> list[str]:
    """Return the kinds that can be emulated: a serial port takes pyserial, also to an emulated lens."""
    try:
        need_pyserial("a serial port")
    except MissingPackageError:
        return ["v4l2"]
    return list(LENS_KINDS)


def _on_serial_ports() -> list[LensListing]:
    need_pyserial("looking for them")
    from serial.tools import list_ports

    return [
        LensListing(
            kind=kind,
            selector=f"{kind}:{port.device}",
            description=" ".join(filter(None, (LENS_KINDS[kind].title, port.serial_number))),
            certain=(port.vid, port.pid) not in _BRIDGES,
        )
        for port in sorted(list_ports.comports())
        if port.vid is not None and port.pid is not None
        for kind in kinds_with((port.vid, port.pid))
    ]


def _on_video_devices() -> list[LensListing]:
    return [
        LensListing(
            kind="v4l2",
            selector=f"v4l2:{uvc_path(device.index)}",
            description=" ".join(filter(None, (device.vendor, device.model, device.serial))),
            certain=True,
        )
        for device in find_devices()
        if _has_focus(str(uvc_path(device.index)))
    ]


def _has_focus(path: str) -> bool:
    try:
        with V4l2Device(path, lens=path) as device:
            return V4l2Controls(device.ioctl).query(FOCUS_ABSOLUTE) is not None
    except (FocstreamError, OSError):
        return False
