"""Intrinsics of a phone's images, of what Android reports of its sensor.

Android counts in pixels of the array that is exposed, from its corner; centres of pixels are at halves
("pixel centers at half-integers": platform/system/media, docs of android.lens.intrinsicCalibration). Images
are scaled, and show the largest part of their shape in the middle of what is zoomed to
(android.scaler.cropRegion). Here centres of pixels are at whole numbers.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from capture.commands.phone_metadata import Metadata, is_number
from focstream.types import InputError, Intrinsics

_INTRINSICS = ("android.lens.intrinsicCalibration", "LENS_INTRINSIC_CALIBRATION")
_ARRAY = ("android.sensor.info.activeArraySize", "SENSOR_INFO_ACTIVE_ARRAY_SIZE")
_RAW_ARRAY = (
    "android.sensor.info.preCorrectionActiveArraySize",
    "SENSOR_INFO_PRE_CORRECTION_ACTIVE_ARRAY_SIZE",
)
_CROP = ("android.scaler.cropRegion", "SCALER_CROP_REGION")
_ZOOM = ("android.control.zoomRatio", "CONTROL_ZOOM_RATIO")
_MIDDLE = 0.03
"""The axis of a phone's lens meets its sensor nearer to the middle than this share of its size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rectangle:
    left: float
    top: float
    width: float
    height: float

    def part(self, inner: "_Rectangle", *, zoom: float) -> "_Rectangle":
        """Return `inner`, given in pixels of this rectangle, after zooming to the middle."""
        return _Rectangle(
            left=(self.width - self.width / zoom) / 2 + inner.left / zoom,
            top=(self.height - self.height / zoom) / 2 + inner.top / zoom,
            width=inner.width / zoom,
            height=inner.height / zoom,
        )

    def of_shape(self, width: float, height: float) -> "_Rectangle":
        """Return the largest part in the middle with the shape of a picture of this size."""
        scale = min(self.width / width, self.height / height)
        return _Rectangle(
            left=self.left + (self.width - scale * width) / 2,
            top=self.top + (self.height - scale * height) / 2,
            width=scale * width,
            height=scale * height,
        )


def phone_intrinsics(meta: Metadata, *, width_px: int, height_px: int) -> Intrinsics | None:
    """Return the intrinsics of images of this size; None where the phone does not report any.

    Raises
    ------
    InputError
        When those reported are not of these images, and cannot be made theirs.
    """
    key, values = meta.get(_INTRINSICS)
    if values is None:
        return None
    if not (isinstance(values, list) and len(values) >= 4 and all(map(is_number, values)) and values[0] > 0):
        return None
    fx, fy, cx, cy = map(float, values[:4])
    shown = _shown(meta, width_px=width_px, height_px=height_px)
    if shown is None:
        if abs(cx / width_px - 0.5) > _MIDDLE or abs(cy / height_px - 0.5) > _MIDDLE:
            raise _refused(
                meta,
                f"the principal point ({cx:g}, {cy:g}) of {key} is not in their middle, so it is of other "
                f"pixels; add {_ARRAY[0]}",
            )
        shown = _Rectangle(left=0.0, top=0.0, width=width_px, height=height_px)
    scale = width_px / shown.width
    known = Intrinsics(
        fx_px=fx * scale,
        fy_px=fy * scale,
        cx_px=(cx - shown.left) * scale - 0.5,
        cy_px=(cy - shown.top) * scale - 0.5,
    )
    if not (0 <= known.cx_px < width_px and 0 <= known.cy_px < height_px):
        raise _refused(
            meta, f"the principal point lies outside of them, at ({known.cx_px:g}, {known.cy_px:g})"
        )
    return known


def knows_array(meta: Metadata) -> bool:
    """Whether the phone reports of which pixels its intrinsics are."""
    return meta.get(_ARRAY + _RAW_ARRAY)[1] is not None


def _shown(meta: Metadata, *, width_px: int, height_px: int) -> _Rectangle | None:
    """Return what the images show, in the pixels of the intrinsics; None where the array is not known."""
    array, raw = _rectangle(meta, _ARRAY), _rectangle(meta, _RAW_ARRAY)
    array = array or raw
    if array is None:
        return None
    if (array.width > array.height) != (width_px > height_px) and width_px != height_px:
        state = "upright" if height_px > width_px else "lying"
        raise _refused(
            meta, f"they are {state}, but the sensor is not: take them as the sensor delivers them"
        )
    whole = _Rectangle(left=0.0, top=0.0, width=array.width, height=array.height)
    zoom = meta.number(_ZOOM)
    zoom = 1.0 if zoom is None else zoom
    if zoom <= 0:
        raise _refused(meta, f"{_ZOOM[0]} is {zoom:g}")
    crop = _rectangle(meta, _CROP, may_have_corner=True) or whole
    shown = array.part(crop, zoom=zoom).of_shape(width_px, height_px)
    # What was cut off for the correction of the distortion lies before the first pixel.
    before = (0.0, 0.0) if raw is None else (array.left - raw.left, array.top - raw.top)
    return _Rectangle(
        left=shown.left + before[0], top=shown.top + before[1], width=shown.width, height=shown.height
    )


def _rectangle(meta: Metadata, keys: tuple[str, ...], *, may_have_corner: bool = False) -> _Rectangle | None:
    """Return a rectangle as Android's own tools and apps write it; None where there is none."""
    key, value = meta.get(keys)
    if value is None:
        return None
    numbers: Any = value
    if isinstance(value, str):  # Rect.toString and Rect.flattenToString
        numbers = [float(text) for text in re.findall(r"-?\d+(?:\.\d+)?", value)]
    elif isinstance(value, Mapping):
        sized = "width" in value
        names = ("x", "y", "width", "height") if sized else ("left", "top", "right", "bottom")
        numbers = [value.get(name) for name in names]
        if sized and all(map(is_number, numbers)):
            x, y, width, height = numbers
            numbers = [x, y, x + width, y + height]
    if not (isinstance(numbers, list) and len(numbers) == 4 and all(map(is_number, numbers))):
        raise _refused(meta, f"{key} is {str(value)[:40]!r} and no rectangle")
    left, top, right, bottom = map(float, numbers)
    if may_have_corner and isinstance(value, list) and (left or top):
        raise _refused(
            meta,
            f"the last two numbers of {key} {value} may be corners or sizes: write "
            '{"left": …, "top": …, "right": …, "bottom": …}',
        )
    if right <= left or bottom <= top:
        raise _refused(meta, f"{key} is {str(value)[:40]!r} and no rectangle")
    return _Rectangle(left=left, top=top, width=right - left, height=bottom - top)


def _refused(meta: Metadata, why: str) -> InputError:
    return InputError(
        f"{meta.where}: the intrinsics are not those of these images: {why}; or give others with --intrinsics"
    )
