"""GenTL producers (.cti files) and the cameras they find."""

import ctypes
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from capture.camera_listing import CameraListing
from capture.genicam.sdk import GenicamSdk, SdkObject, interrupt_kept, release
from focstream.types import DeviceNotFoundError, InputError

_log = logging.getLogger(__name__)

PATH_VARIABLE = "GENICAM_GENTL64_PATH"
"""Names the folders of the producers, as the GenTL standard has it."""


def find_producers(cti_files: Sequence[Path] = ()) -> tuple[Path, ...]:
    """Return `cti_files`, then the producers in the folders that ``GENICAM_GENTL64_PATH`` names.

    Raises
    ------
    InputError
        When one of `cti_files` does not exist or is no library; harvesters would pass over it in silence.
        A file found through the variable is then only left out, with a warning.
    """
    found: dict[Path, None] = {}
    for path in map(Path, cti_files):
        fault = _fault(path.resolve())
        if fault is not None:
            raise InputError(f"GenTL producer {path} {fault}; give the .cti file of the camera's maker")
        found[path.resolve()] = None
    for folder in filter(None, os.environ.get(PATH_VARIABLE, "").split(os.pathsep)):
        for path in sorted(Path(folder).glob("*.cti")):
            fault = None if path.resolve() in found else _fault(path)
            if fault is None:
                found[path.resolve()] = None
            else:
                _log.warning("GenTL producer %s %s; it is left out", path, fault)
    return tuple(found)


@contextmanager
def open_harvester(sdk: GenicamSdk, cti_files: Sequence[Path] = ()) -> Iterator[SdkObject]:
    """Load the producers of `find_producers` and look for cameras; all is released on leaving.

    A producer can be loaded once in a process: while one camera is open, others are not found.
    """
    paths = find_producers(cti_files)
    harvester = sdk.make_harvester()
    try:
        for path in paths:
            harvester.add_file(str(path))
        harvester.update()
        yield harvester
    finally:
        harvester.reset()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDevice:
    """An open camera: the ``ImageAcquirer`` of harvesters, and what the producer says of the camera."""

    acquirer: SdkObject
    listing: CameraListing


@contextmanager
def open_device(sdk: GenicamSdk, cti_files: Sequence[Path], serial: str | None) -> Iterator[OpenDevice]:
    """Open the camera of this serial number, user's name or id, the first one for None.

    Raises
    ------
    DeviceNotFoundError
        When it is not there or in use.
    InputError
        When one of `cti_files` cannot be loaded.
    """
    with open_harvester(sdk, cti_files) as harvester:
        devices = find_devices(sdk, harvester, serial)
        if not devices:
            raise DeviceNotFoundError(_not_found(sdk, harvester, f"genicam:{serial or 'first'}"))
        listing = describe(sdk, devices[0])
        acquirer = _acquirer(sdk, harvester, devices, name=listing.selector)
        try:
            yield OpenDevice(acquirer=acquirer, listing=listing)
        finally:
            _destroy(sdk, acquirer, name=listing.selector)


def describe(sdk: GenicamSdk, device: SdkObject) -> CameraListing:
    """Make the listing of a camera from its harvesters ``DeviceInfo``."""
    serial = _told(sdk, device, "serial_number")
    return CameraListing(
        kind="genicam",
        selector=f"genicam:{serial or _told(sdk, device, 'id_')}",
        vendor=_told(sdk, device, "vendor"),
        model=_told(sdk, device, "model"),
        serial=serial,
    )


def find_devices(sdk: GenicamSdk, harvester: SdkObject, serial: str | None) -> tuple[SdkObject, ...]:
    """Return the devices of this serial number, user's name or id, for None the first one.

    They are one camera, which more than one producer may have found.
    """
    found = tuple(harvester.device_info_list)
    if serial is None:
        return tuple(one for one in found if one is found[0] or _same(sdk, one, found[0]))
    names = ("serial_number", "user_defined_name", "id_")
    return tuple(one for one in found if any(_told(sdk, one, name) == serial for name in names))


def producer_of(device: SdkObject) -> str:
    """File of the producer that found a device."""
    return str(device.parent.parent.parent.path_name)


def _same(sdk: GenicamSdk, one: SdkObject, other: SdkObject) -> bool:
    serial, model = _told(sdk, one, "serial_number"), _told(sdk, one, "model")
    same = (serial, model) == (_told(sdk, other, "serial_number"), _told(sdk, other, "model"))
    return same and serial != ""


def _acquirer(sdk: GenicamSdk, harvester: SdkObject, devices: Sequence[SdkObject], *, name: str) -> SdkObject:
    """Open a camera by the first of its producers that can: some find the cameras of other makers, too."""
    refusals: list[tuple[str, Exception]] = []
    for device in devices:
        try:
            with interrupt_kept():
                acquirer = harvester.create(device)
        except sdk.errors as error:
            refusals.append((producer_of(device), error))
            continue
        for file, reason in refusals:
            _log.info(
                "%s could not open %s (%s), but %s could: given with --cti, it is tried first",
                file,
                name,
                reason,
                producer_of(device),
            )
        return acquirer
    why = "; ".join(f"{file}: {reason}" for file, reason in refusals)
    raise DeviceNotFoundError(
        f"{name} cannot be opened ({why}); close other programs that use it, or give the producer of its "
        "maker with --cti"
    ) from refusals[0][1]


def _not_found(sdk: GenicamSdk, harvester: SdkObject, name: str) -> str:
    found = [describe(sdk, device).selector for device in harvester.device_info_list]
    if found:
        return f"{name} is not among the cameras found ({', '.join(found)}); give one of these"
    if not harvester.files:
        return (
            f"{name}: no GenTL producer found; install the driver of the camera's maker and let "
            f"{PATH_VARIABLE} name the folder of its .cti file, or give it with --cti"
        )
    files = ", ".join(harvester.files)
    return f"{name}: {files} found no camera; check cable, power and network, and close other programs"


def _destroy(sdk: GenicamSdk, acquirer: SdkObject, *, name: str) -> None:
    try:
        release(acquirer)
    except sdk.errors as error:  # a camera that is gone cannot be closed
        _log.info("%s was not closed in order: %s", name, error)


def _told(sdk: GenicamSdk, device: SdkObject, name: str) -> str:
    try:
        return str(getattr(device, name, None) or "")
    except sdk.errors:
        return ""


def _fault(path: Path) -> str | None:
    if not path.is_file():
        return "does not exist"
    try:
        library = ctypes.CDLL(str(path))
    except OSError as error:
        return f"cannot be loaded ({error})"
    # Opening any other library as a producer brings the whole process down.
    return None if hasattr(library, "GCInitLib") else "is no GenTL producer"
