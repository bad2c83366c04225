"""What a JPEG file holds besides the picture: EXIF, and the directory of further pictures."""

import io
import struct
from collections.abc import Iterator
from typing import Any

from capture.folder.formats.tiff_page import TIFF_FAULTS, quiet_tifffile

_START_OF_SCAN, _APP1, _APP2 = 0xDA, 0xE1, 0xE2
_NO_FRAME = (0xC4, 0xC8, 0xCC)  # tables, among the markers of frames
_EXIF, _MPF, _JPEG = b"Exif\0\0", b"MPF\0", b"\xff\xd8"
_EXIF_IFD = 34665
_MP_ENTRIES = 0xB002  # CIPA DC-007: 16 bytes for each picture
_MP_ENTRY, _MP_ENTRY_BYTES = "IIIHH", 16  # attributes, size, place, two dependents


def exif_of_jpeg(data: bytes) -> dict[str, Any]:
    """EXIF by the names of its tags; empty where there is none that can be read."""
    for _, body in _segments(data, marker=_APP1, label=_EXIF):
        return exif_of_tiff(body)
    return {}


def exif_of_tiff(data: bytes) -> dict[str, Any]:
    """EXIF of a TIFF file, or of what stands as one in the file of another format."""
    value = _tags(data).get(_EXIF_IFD)
    return value if isinstance(value, dict) else {}


def pictures_of_jpeg(data: bytes) -> list[bytes]:
    """Pictures of a multi-picture file (MPO), the first one included; only that where there are no others.

    Every one is a JPEG file of its own. One that is not where the directory (of CIPA DC-007) says is empty.
    """
    for start, body in _segments(data, marker=_APP2, label=_MPF):
        entries = _tags(body).get(_MP_ENTRIES)
        if not isinstance(entries, bytes):
            break
        order = "<" if body.startswith(b"II") else ">"
        whole = entries[: len(entries) // _MP_ENTRY_BYTES * _MP_ENTRY_BYTES]
        if sum(size for _, size, *_ in struct.iter_unpack(order + _MP_ENTRY, whole)) > 2 * len(data):
            return [data, b""]  # they lie in each other, which would multiply the file
        # Places count from the beginning of the directory; 0, that of the first picture, means the file's.
        found = [
            data[start + place : start + place + size] if place else data[:size]
            for _, size, place, _, _ in struct.iter_unpack(order + _MP_ENTRY, whole)
        ]
        return [picture if picture.startswith(_JPEG) else b"" for picture in found] or [data]
    return [data]


def same_size_pictures(pictures: list[bytes]) -> list[bytes]:
    """Pictures as large as the first one: a burst, without thumbnails and gain maps."""
    return [picture for picture in pictures if _size(picture) == _size(pictures[0])]


def _size(data: bytes) -> bytes:
    """Height and width of a JPEG picture, as they stand in its header."""
    for kind, at, _ in _walk(data):
        if 0xC0 <= kind <= 0xCF and kind not in _NO_FRAME:
            return data[at + 1 : at + 5]
    return b""


def _tags(data: bytes) -> dict[int, Any]:
    import tifffile

    try:
        with io.BytesIO(data) as buffer, quiet_tifffile(), tifffile.TiffFile(buffer) as file:
            return {tag.code: tag.value for tag in file.pages.first.tags}
    except TIFF_FAULTS:
        return {}


def _segments(data: bytes, *, marker: int, label: bytes) -> Iterator[tuple[int, bytes]]:
    """Places and bodies, behind the label, of the segments of one kind in front of the picture."""
    for kind, at, end in _walk(data):
        if kind == marker and data.startswith(label, at):
            yield at + len(label), data[at + len(label) : end]


def _walk(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Kind, beginning and end of every segment in front of the picture."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != _START_OF_SCAN:
        (length,) = struct.unpack_from(">H", data, at + 2)
        yield data[at + 1], at + 4, at + 2 + length
        at += 2 + length
