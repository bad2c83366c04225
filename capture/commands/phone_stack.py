"""Images with the metadata that Android's Camera2 or picamera2 reports of them, as one sweep.

Both report the focus in dioptres, the start of the exposure and its length. The metadata of ``img.png`` are
in ``img.json``; or those of all images, in their order, are the array in ``metadata.json``. What Android
reports of the camera itself may be in ``characteristics.json``.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from capture.commands.phone_intrinsics import knows_array, phone_intrinsics
from capture.commands.phone_metadata import Metadata
from capture.commands.stacks import StackSlice
from capture.folder.images import StackImages, pages_of
from capture.folder.listing import find_images
from focstream.files.json_file import read_json
from focstream.focus_scale import MOST_DPT
from focstream.types import CalibrationLevel, InputError

_log = logging.getLogger(__name__)

_FOCUS_DPT = ("LensPosition", "android.lens.focusDistance", "LENS_FOCUS_DISTANCE")
_START_NS = ("SensorTimestamp", "android.sensor.timestamp", "SENSOR_TIMESTAMP")
_LENS_STATE = ("android.lens.state", "LENS_STATE")
_SKEW_NS = ("android.sensor.rollingShutterSkew", "SENSOR_ROLLING_SHUTTER_SKEW")
_EXPOSURE_NS = ("android.sensor.exposureTime", "SENSOR_EXPOSURE_TIME")
_EXPOSURE_US = ("ExposureTime",)
_MOVING = 1  # CaptureResult.LENS_STATE_MOVING
_NEEDED = "every image needs its metadata"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneStack:
    """Images of a phone, and how far its focus may be trusted."""

    slices: list[StackSlice]
    level: CalibrationLevel


def phone_stack(folder: Path, *, own_intrinsics: bool = True) -> PhoneStack:
    """Read the metadata of every image.

    Parameters
    ----------
    folder
        Holds the images and their metadata.
    own_intrinsics
        Use those that the phone reports.

    Raises
    ------
    InputError
        When metadata are missing or make no sense, or are not of these images; names the file.
    """
    paths = find_images(folder).paths
    metadata = _metadata(folder, paths)
    images = StackImages(pages_of(paths), name=str(folder))
    for line in filter(None, (images.levels.note, images.note)):
        _log.info("%s: %s", folder, line)
    first = images.image(0)
    size = {"width_px": first.shape[1], "height_px": first.shape[0]}
    slices = [
        StackSlice(
            load=partial(images.image, slot),
            focus_dpt=_focus_dpt(meta, path),
            exposure_mid_ns=_mid_ns(meta),
            clock="device",
            settling=meta.number(_LENS_STATE) == _MOVING,
            intrinsics=phone_intrinsics(meta, **size) if own_intrinsics else None,
        )
        for slot, (path, meta) in enumerate(zip(paths, metadata, strict=True))
    ]
    if any(item.intrinsics for item in slices) and not all(map(knows_array, metadata)):
        _log.info(
            "%s says no activeArraySize: its intrinsics are taken for those of images of %d × %d px",
            *(folder, size["width_px"], size["height_px"]),
        )
    return PhoneStack(slices=slices, level=_level(folder, metadata))


def _metadata(folder: Path, paths: tuple[Path, ...]) -> list[Metadata]:
    characteristics, common = folder / "characteristics.json", folder / "metadata.json"
    camera = (
        _object(read_json(characteristics, remedy=_NEEDED), where=characteristics)
        if characteristics.exists()
        else {}
    )
    if common.exists():
        told = read_json(common, remedy=_NEEDED)
        if not isinstance(told, list) or len(told) != len(paths):
            raise InputError(f"{common} must be an array with one object for each of {len(paths)} images")
        return [Metadata(image=_object(meta, where=common), camera=camera, where=common) for meta in told]
    files = [path.with_suffix(".json") for path in paths]
    return [
        Metadata(image=_object(read_json(file, remedy=_NEEDED), where=file), camera=camera, where=file)
        for file in files
    ]


def _object(value: object, *, where: Path) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise InputError(f"{where}: the metadata of an image are no object")
    return value


def _focus_dpt(meta: Metadata, path: Path) -> float:
    focus_dpt = meta.number(_FOCUS_DPT)
    if focus_dpt is None or not 0.0 <= focus_dpt <= MOST_DPT:
        raise InputError(f"{meta.where} has no focus of {path.name}: it needs {' or '.join(_FOCUS_DPT[:2])}")
    return focus_dpt


def _level(folder: Path, metadata: list[Metadata]) -> CalibrationLevel:
    """Return how far the focus may be trusted, and log what was assumed."""
    levels = {meta.level() for meta in metadata}
    if len(levels) > 1:
        raise InputError(
            f"{folder}: images have different focusDistanceCalibration; import one phone at a time"
        )
    level = levels.pop()
    if level is None:
        if all(meta.get(_FOCUS_DPT)[0] != _FOCUS_DPT[0] for meta in metadata):
            _log.info(
                "%s says no focusDistanceCalibration: its focus is taken for dioptres, approximate", folder
            )
        return "approximate"
    if level == "uncalibrated":
        _log.info("%s: the result is not metric, because the phone calls its focus uncalibrated", folder)
    return level


def _mid_ns(meta: Metadata) -> int | None:
    start_ns = meta.number(_START_NS)
    if start_ns is None:
        return None
    length_us = meta.number(_EXPOSURE_US) or 0.0
    length_ns = meta.number(_EXPOSURE_NS) or 1000.0 * length_us
    skew_ns = meta.number(_SKEW_NS) or 0.0
    return int(start_ns) + int((length_ns + skew_ns) / 2)
