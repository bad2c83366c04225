"""One picture of the camera as the page gets it: a line of JSON, a JPEG, and which pixels are saturated."""

import json
import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from focstream.focal_slice import Image
from focstream.types import FocalSlice
from publish.look.sweep_track import index_of

BINS = 64
"""Of the histogram."""
MOST_SHOWN_PX = (640, 480)
"""Larger pictures are shrunk to these. A part at full size is no larger, and half of the picture at most."""
_JPEG_QUALITY = 85
_MOST_SAMPLES = 400_000  # that sharpness is taken of: rows and columns spread evenly
_SATURATED = {np.dtype(np.uint8): 255, np.dtype(np.uint16): 1023 << 6}
"""Least saturated value. Pixels of 10 bits and more fill 16 bits from above, so that their highest value
depends on their bits: that of 10 bits is the lowest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What a viewer wants of the camera.

    Attributes
    ----------
    slot
        Only pictures of this slot, so that they are all focused at one place; None for every one.
    centre
        x and y of the middle of a part at full size, as shares of the picture; None for the whole picture.
    """

    slot: int | None = None
    centre: tuple[float, float] | None = None


def read_ask(text: str) -> Ask:
    """Read what the page asks for.

    Raises
    ------
    ValueError
        For anything else.
    """
    asked = json.loads(text)
    if not isinstance(asked, dict) or not set(asked) <= {"slot", "centre"}:
        raise ValueError("asks for something else than slot and centre")
    slot, centre = asked.get("slot"), asked.get("centre")
    if slot is not None and not (type(slot) is int and 0 <= slot < 2**31):
        raise ValueError("slot is no number of a slot")
    if centre is None:
        return Ask(slot=slot)
    if not (isinstance(centre, list) and len(centre) == 2 and all(map(_is_share, centre))):
        raise ValueError("centre is not two shares of the picture")
    return Ask(slot=slot, centre=(float(centre[0]), float(centre[1])))


def pack_picture(focal_slice: FocalSlice, *, seq: int, centre: tuple[float, float] | None) -> bytes:
    """Return ``JSON + newline``, a JPEG, and a bit for each of its pixels, set where it is saturated.

    Levels are those of the whole picture at its full size; JPEG and bits are of what is shown.
    """
    image, tag = focal_slice.image, focal_slice.tag
    saturated = _saturated(image)
    left, top, width, height = _part(image.shape, centre)
    part = np.s_[top : top + height, left : left + width]
    shown, marks = _shrunk(image[part], saturated[part])
    _, jpeg = cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    header = {
        "seq": seq,
        "slot": index_of(tag),
        "slots": tag.slots,
        "sweep": tag.sweep_id,
        "held": tag.held,
        "focus_dpt": tag.focus_dpt if tag.held else None,
        "coordinate": tag.sweep_coordinate,
        "taken_ms": tag.exposure_mid_ns / 1e6,
        "shape": image.shape[:2],
        "bits": 8 * image.itemsize,
        "part": None if centre is None else (left, top, width, height),
        "shown": shown.shape[:2],
        "histogram": _histogram(image),
        "saturated": np.count_nonzero(saturated) / saturated.size,
        "sharpness": round(_sharpness(image[part]), 4),
        "jpeg_bytes": jpeg.size,
    }
    head = json.dumps(header, allow_nan=False).encode() + b"\n"
    return b"".join((head, jpeg.tobytes(), np.packbits(marks).tobytes()))


def _is_share(value: object) -> bool:
    return type(value) in (int, float) and 0.0 <= value <= 1.0  # type: ignore[operator]  # NaN is neither


def _saturated(image: Image) -> NDArray[np.bool_]:
    """(H, W) where any channel is."""
    found: NDArray[np.bool_] = np.asarray(image >= _SATURATED[image.dtype])
    return found if found.ndim == 2 else np.any(found, axis=2, out=np.empty(found.shape[:2], np.bool_))


def _part(shape: tuple[int, ...], centre: tuple[float, float] | None) -> tuple[int, int, int, int]:
    """Return left, top, width and height of what is shown."""
    height, width = shape[:2]
    if centre is None:
        return 0, 0, width, height
    part_width, part_height = min(MOST_SHOWN_PX[0], -(-width // 2)), min(MOST_SHOWN_PX[1], -(-height // 2))
    left = round(centre[0] * width - part_width / 2)
    top = round(centre[1] * height - part_height / 2)
    return (
        min(max(left, 0), width - part_width),
        min(max(top, 0), height - part_height),
        part_width,
        part_height,
    )


def _shrunk(image: Image, saturated: NDArray[np.bool_]) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Return both in the size of the page, with 8 bits; a single saturated pixel stays to be seen."""
    height, width = saturated.shape
    scale = min(MOST_SHOWN_PX[0] / width, MOST_SHOWN_PX[1] / height, 1.0)
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    marks = saturated
    if scale < 1.0:
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
        # One pixel of 16 bits in an area of 2^17 does not round to nothing.
        share = cv2.resize(saturated * np.uint16(65_535), size, interpolation=cv2.INTER_AREA)
        marks = np.asarray(share > 0, np.bool_)
    shown = image if image.dtype == np.uint8 else image >> np.uint16(8)
    return shown.astype(np.uint8), marks


def _histogram(image: Image) -> list[list[int]]:
    """Count the values of each channel, blue, green and red of a picture in colour."""
    full = float(np.iinfo(image.dtype).max) + 1.0
    channels = range(1 if image.ndim == 2 else 3)
    counts = (cv2.calcHist([image], [channel], None, [BINS], [0.0, full]) for channel in channels)
    return [each.ravel().astype(np.int64).tolist() for each in counts]


def _sharpness(image: Image) -> float:
    """Root mean square of the step to the next pixel, in percent of the mean level."""
    grey: NDArray[Any] = image if image.ndim == 2 else image[:, :, 1]
    every = max(1, math.ceil(grey.size / _MOST_SAMPLES))
    rows, columns = grey[::every].astype(np.float32), grey[:, ::every].astype(np.float32)
    mean = float(rows.mean())
    steps = [np.diff(rows, axis=1), np.diff(columns, axis=0)]
    square = sum(float(np.square(each).mean()) for each in steps if each.size)
    return 100.0 * math.sqrt(square) / mean if mean > 0.0 else 0.0
