"""How many pixels an image announces in its header, before a decoder makes room for them."""

import re
import struct
from collections.abc import Iterator

from focstream.errors import InputError
from focstream.files.limits import IMAGE_PIXELS

_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8"
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_NETPBM = re.compile(rb"P[1-7fF]\s+(?:#[^\n]*\n\s*)*(\d{1,9})\s+(?:#[^\n]*\n\s*)*(\d{1,9})\s")
_NO_FRAME = (0xC4, 0xC8, 0xCC)  # tables, among the markers of frames
_WITHOUT_LENGTH = (0x01, *range(0xD0, 0xD9))
_WIDTH, _HEIGHT = 256, 257
_TIFF_INTEGERS = {3: "H", 4: "I", 16: "Q"}


def check_pixels(data: bytes, *, name: str, most: int = IMAGE_PIXELS) -> None:
    """Refuse the bytes of an image file whose header announces more than `most` pixels.

    Raises
    ------
    InputError
        Names the image, and its size. A header that cannot be read is left to the decoder.
    """
    for width_px, height_px in _sizes(data):
        check_size(width_px, height_px, name=name, most=most)


def check_size(width_px: int, height_px: int, *, name: str, most: int = IMAGE_PIXELS) -> None:
    """Refuse a size of more than `most` pixels, or of none.

    Raises
    ------
    InputError
        Names the image, and its size.
    """
    if width_px <= 0 or height_px <= 0:
        raise InputError(f"{name} announces {width_px} × {height_px} px; copy it again, or remove it")
    if width_px * height_px > most:
        raise InputError(
            f"{name} announces {width_px} × {height_px} px, and an image has at most {most / 1e6:.4g} "
            "megapixels here; scale it down, or copy it again if it is damaged"
        )


def _sizes(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield width and height of every image that a header announces."""
    try:
        if data.startswith(_PNG):
            width, height = struct.unpack_from(">II", data, 16)
            yield width, height
        elif data.startswith(_JPEG):
            yield from _of_jpeg(data)
        elif data[:4] in _TIFF:
            yield from _of_tiff(data)
        elif found := _NETPBM.match(data):
            yield int(found[1]), int(found[2])
    except struct.error:
        return


def _of_jpeg(data: bytes) -> Iterator[tuple[int, int]]:
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        kind = data[at + 1]
        if kind == 0xFF or kind in _WITHOUT_LENGTH:
            at += 1 if kind == 0xFF else 2
            continue
        if 0xC0 <= kind <= 0xCF and kind not in _NO_FRAME:
            height, width = struct.unpack_from(">HH", data, at + 5)
            yield width, height
            return
        at += 2 + int(struct.unpack_from(">H", data, at + 2)[0])


def _of_tiff(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield the size of the first image: others are checked page by page."""
    order = "<" if data.startswith(b"II") else ">"
    big = data[2:4] in (b"+\0", b"\0+")
    word, count_code, first = ("Q", "Q", 8) if big else ("I", "H", 4)
    (directory,) = struct.unpack_from(order + word, data, first)
    if directory + 8 > len(data):
        return
    (count,) = struct.unpack_from(order + count_code, data, directory)
    entry = struct.Struct(f"{order}HH{word}{word}")
    start = directory + struct.calcsize(count_code)
    sizes = {}
    for number in range(min(count, (len(data) - start) // entry.size)):
        at = start + number * entry.size
        tag, kind, _, _ = entry.unpack_from(data, at)
        if tag in (_WIDTH, _HEIGHT) and kind in _TIFF_INTEGERS:
            value_at = at + entry.size - struct.calcsize(word)
            (sizes[tag],) = struct.unpack_from(order + _TIFF_INTEGERS[kind], data, value_at)
    if len(sizes) == 2:
        yield sizes[_WIDTH], sizes[_HEIGHT]
