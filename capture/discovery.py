"""Which real cameras there are."""

import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from capture.camera_listing import CameraListing
from capture.genicam.config import FeatureNames
from capture.genicam.listing import list_genicam_cameras
from capture.uvc.device import find_devices
from focstream.types import MissingPackageError

_log = logging.getLogger(__name__)


def list_cameras(
    *, cti_files: Sequence[Path] = (), abilities: bool = False, names: FeatureNames | None = None
) -> tuple[CameraListing, ...]:
    """Find all real cameras, GenICam ones first.

    A camera that is open in this process is left out: its GenTL producer is taken.

    Parameters
    ----------
    cti_files
        GenTL producers to load besides those that ``GENICAM_GENTL64_PATH`` names.
    abilities
        Open each GenICam camera for a moment and ask what it can do.
    names
        What its features may be called.

    Raises
    ------
    InputError
        When one of `cti_files` cannot be loaded.
    """
    try:
        genicam = list_genicam_cameras(cti_files=cti_files, abilities=abilities, names=names)
    except MissingPackageError as error:
        _log.info("GenICam cameras are not listed: %s", error)
        genicam = ()
    if sys.platform != "linux":
        _log.info("webcams have no list on this system: try --camera uvc:0, uvc:1, …")
    return genicam + _list_uvc_cameras()


def first_camera(*, cti_files: Sequence[Path] = ()) -> str | None:
    """Selector of the first real camera, such as ``"genicam:4103217"`` or ``"uvc:0"``; None without any.

    Raises
    ------
    InputError
        As `list_cameras`.
    """
    return next((camera.selector for camera in list_cameras(cti_files=cti_files)), None)


def _list_uvc_cameras() -> tuple[CameraListing, ...]:
    return tuple(
        CameraListing(
            kind="uvc",
            selector=f"uvc:{device.index}",
            vendor=device.vendor,
            model=device.model,
            serial=device.serial,
            abilities=() if device.link is None else (f"also as uvc:{device.link}",),
        )
        for device in find_devices()
    )
