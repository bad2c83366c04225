"""Images with the metadata that Android's Camera2 or picamera2 reports of them, as one sweep.

Both report the focus in dioptres, the start of the exposure and its length. The metadata of ``img.png`` are
in ``img.json``; or those of all images, in their order, are the array in ``metadata.json``.
"""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from capture.commands.stacks import StackSlice
from capture.folder.image_file import read_image
from capture.folder.images import find_images
from focstream.types import InputError, Intrinsics

_FOCUS_DPT = ("LensPosition", "android.lens.focusDistance", "LENS_FOCUS_DISTANCE")
_START_NS = ("SensorTimestamp", "android.sensor.timestamp", "SENSOR_TIMESTAMP")
_LENS_STATE = ("android.lens.state", "LENS_STATE")
_SKEW_NS = ("android.sensor.rollingShutterSkew", "SENSOR_ROLLING_SHUTTER_SKEW")
_INTRINSICS = ("android.lens.intrinsicCalibration", "LENS_INTRINSIC_CALIBRATION")
_EXPOSURE_NS = ("android.sensor.exposureTime", "SENSOR_EXPOSURE_TIME")
_EXPOSURE_US = ("ExposureTime",)
_MOVING = 1  # CaptureResult.LENS_STATE_MOVING

Metadata = Mapping[str, Any]


def phone_stack(folder: Path) -> list[StackSlice]:
    """Read the metadata of every image.

    Raises
    ------
    InputError
        When metadata are missing or make no sense; names the file.
    """
    paths = find_images(folder)
    common = folder / "metadata.json"
    if common.exists():
        told = _json(common)
        if not isinstance(told, list) or len(told) != len(paths):
            raise InputError(f"{common} must be an array with one object for each of {len(paths)} images")
        return [_slice(path, meta, where=common) for path, meta in zip(paths, told, strict=True)]
    return [_slice(path, _json(path.with_suffix(".json")), where=path.with_suffix(".json")) for path in paths]


def _slice(path: Path, meta: object, *, where: Path) -> StackSlice:
    if not isinstance(meta, Mapping):
        raise InputError(f"{where}: the metadata of {path.name} are no object")
    focus_dpt = _number(meta, _FOCUS_DPT, where=where)
    if focus_dpt is None or focus_dpt < 0.0:
        raise InputError(f"{where} has no focus of {path.name}: it needs {' or '.join(_FOCUS_DPT[:2])}")
    return StackSlice(
        load=lambda: read_image(path),
        focus_dpt=focus_dpt,
        exposure_mid_ns=_mid_ns(meta, where=where),
        clock="device",
        settling=_number(meta, _LENS_STATE, where=where) == _MOVING,
        intrinsics=_intrinsics(meta),
    )


def _mid_ns(meta: Metadata, *, where: Path) -> int | None:
    start_ns = _number(meta, _START_NS, where=where)
    if start_ns is None:
        return None
    length_us = _number(meta, _EXPOSURE_US, where=where) or 0.0
    length_ns = _number(meta, _EXPOSURE_NS, where=where) or 1000.0 * length_us
    skew_ns = _number(meta, _SKEW_NS, where=where) or 0.0
    return int(start_ns) + int((length_ns + skew_ns) / 2)


def _intrinsics(meta: Metadata) -> Intrinsics | None:
    for key in _INTRINSICS:
        values = meta.get(key)
        if isinstance(values, list) and len(values) >= 4 and all(map(_is_number, values)) and values[0] > 0:
            return Intrinsics(fx_px=values[0], fy_px=values[1], cx_px=values[2], cy_px=values[3])
    return None


def _number(meta: Metadata, keys: tuple[str, ...], *, where: Path) -> float | None:
    for key in keys:
        value = meta.get(key)
        if value is None:
            continue
        if not _is_number(value):
            raise InputError(f"{where}: {key} is {str(value)[:40]!r} and not a number")
        return value if isinstance(value, int) else float(value)
    return None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _json(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror}); every image needs its metadata"
        ) from error
    except ValueError as error:
        raise InputError(f"{path} is not JSON ({error})") from error
