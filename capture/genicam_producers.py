"""GenTL producers (.cti files) and the cameras they find."""

import ctypes
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from capture.camera_listing import CameraListing
from capture.genicam_sdk import GenicamSdk, SdkObject, load_sdk
from focstream import InputError

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
        fault = _fault(path)
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


def list_genicam_cameras(*, cti_files: Sequence[Path] = ()) -> tuple[CameraListing, ...]:
    """List the cameras that the installed GenTL producers find, without opening them.

    Parameters
    ----------
    cti_files
        Producers to load besides those that ``GENICAM_GENTL64_PATH`` names.

    Raises
    ------
    DeviceNotFoundError
        When harvesters and genicam are not installed.
    InputError
        When one of `cti_files` cannot be loaded.
    """
    sdk = load_sdk()
    with open_harvester(sdk, cti_files) as harvester:
        return tuple(describe(sdk, device) for device in harvester.device_info_list)


def describe(sdk: GenicamSdk, device: SdkObject) -> CameraListing:
    """Tell what a harvesters ``DeviceInfo`` says of its camera."""
    serial = _told(sdk, device, "serial_number")
    return CameraListing(
        kind="genicam",
        selector=f"genicam:{serial or _told(sdk, device, 'id_')}",
        vendor=_told(sdk, device, "vendor"),
        model=_told(sdk, device, "model"),
        serial=serial,
    )


def find_device(sdk: GenicamSdk, harvester: SdkObject, serial: str | None) -> SdkObject | None:
    """Return the device of this serial number, user's name or id, the first one for None; None without."""
    names = ("serial_number", "user_defined_name", "id_")
    for device in harvester.device_info_list:
        if serial is None or any(_told(sdk, device, name) == serial for name in names):
            return device
    return None


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
