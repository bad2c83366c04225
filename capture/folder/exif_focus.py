"""Where images were focused, by the distance that the camera noted in EXIF."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from capture.folder.focus_list import FocusList
from capture.folder.formats.heif_image import exif_of_heif, is_heif
from capture.folder.formats.jpeg_segments import exif_of_jpeg, exif_of_tiff
from capture.folder.formats.tiff_image import is_tiff
from focstream.files.limits import IMAGE_BYTES
from focstream.files.user_file import open_file
from focstream.focus_scale import MOST_DPT
from focstream.types import InputError

_NAME = "SubjectDistance"
_INFINITY = 4294967295  # EXIF 2.3: the numerator; 0 = unknown
_HEAD_BYTES = 2**18  # of a JPEG file: EXIF stands within the first 64 KiB, behind another segment perhaps


def read_exif_focus(paths: Sequence[Path]) -> FocusList | None:
    """Read the SubjectDistance of images; None unless every image has one and it changes."""
    focus_dpt: list[float] = []
    for path in paths:
        value = _dioptres(_exif(path).get(_NAME))
        if value is None:
            return None
        focus_dpt.append(value)
    if len(set(focus_dpt)) < 2:
        return None
    return FocusList(focus_dpt=tuple(focus_dpt), origin=f"{_NAME} in EXIF")


def _dioptres(value: object) -> float | None:
    """Dioptres of a distance in metres, a number or a fraction; None where it is unknown."""
    numerator, denominator = value if isinstance(value, tuple) and len(value) == 2 else (value, 1)
    if not isinstance(numerator, int | float) or not isinstance(denominator, int | float):
        return None
    if numerator == _INFINITY:
        return 0.0
    if not (0 < numerator < math.inf and 0 < denominator < math.inf):
        return None
    focus_dpt = denominator / numerator
    return focus_dpt if focus_dpt <= MOST_DPT else None


def _exif(path: Path) -> dict[str, Any]:
    try:
        with open_file(path, most_bytes=IMAGE_BYTES) as file:
            data = file.read(_HEAD_BYTES)
            if data.startswith(b"\xff\xd8"):
                return exif_of_jpeg(data)
            data += file.read()
    except (InputError, OSError):
        return {}  # what cannot be read is an error where its pixels are read
    if is_tiff(data):
        return exif_of_tiff(data)
    return exif_of_heif(data, path=path) if is_heif(data) else _exif_of_png(data)


def _exif_of_png(data: bytes) -> dict[str, Any]:
    at = data.find(b"eXIf")
    if not data.startswith(b"\x89PNG") or at < 0:
        return {}
    length = int.from_bytes(data[at - 4 : at], "big")
    return exif_of_tiff(data[at + 4 : at + 4 + length])
