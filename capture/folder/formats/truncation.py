"""Find images that are cut short or damaged before a decoder makes something up for the missing part."""

import re
import struct
import zlib
from collections.abc import Iterator

_CUT_SHORT = "is cut short"
_DAMAGED = "is damaged"

_JPEG_MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])")  # neither stuffing, filling nor a restart
_JPEG_END = 0xD9
_JPEG_WITHOUT_LENGTH = (0x01, 0xD8)

_TIFF_OFFSETS = {273: 279, 324: 325}  # strip and tile offsets -> their byte counts
_TIFF_INTEGERS = {3: "H", 4: "I", 16: "Q"}


def file_fault(data: bytes) -> str | None:
    """Return what is wrong with the bytes of an image file, as the end of a sentence; None when nothing is.

    Looks at the structure only (chunks, markers, directories): a few milliseconds for a large image.
    """
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return _png_fault(data)
    if data.startswith(b"\xff\xd8"):
        return _jpeg_fault(data)
    if data[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return _tiff_fault(data)
    return "is not a PNG, JPEG or TIFF image" if data else "is empty"


def _png_fault(data: bytes) -> str | None:
    view = memoryview(data)
    at = 8
    while at + 12 <= len(view):
        length, kind = struct.unpack_from(">I4s", view, at)
        end = at + 12 + length
        if end > len(view):
            return _CUT_SHORT
        if zlib.crc32(view[at + 4 : end - 4]) != struct.unpack_from(">I", view, end - 4)[0]:
            return _DAMAGED
        if kind == b"IEND":
            return None
        at = end
    return _CUT_SHORT


def _jpeg_fault(data: bytes) -> str | None:
    # Phones append films and maps after the end marker, and thumbnails with an end marker of their own lie
    # inside segments: so the segments are walked, and the last bytes of the file say nothing.
    at = 2
    while found := _JPEG_MARKER.search(data, at):
        at = found.end()
        code = found[1][0]
        if code == _JPEG_END:
            return None
        if code not in _JPEG_WITHOUT_LENGTH and at + 2 <= len(data):
            at += struct.unpack_from(">H", data, at)[0]
    return _CUT_SHORT


def _tiff_fault(data: bytes) -> str | None:
    try:
        tags = dict(_tiff_tags(data))
    except (struct.error, OverflowError):
        return _CUT_SHORT
    for offsets_tag, counts_tag in _TIFF_OFFSETS.items():
        pieces = zip(tags.get(offsets_tag, ()), tags.get(counts_tag, ()), strict=False)
        if any(offset + count > len(data) for offset, count in pieces):
            return _CUT_SHORT
    return None


def _tiff_tags(data: bytes) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Integer tags of the first directory; struct.error where it points beyond the file."""
    order = "<" if data.startswith(b"II") else ">"
    big = data[2:4] in (b"+\0", b"\0+")
    word, count_code, first = ("Q", "Q", 8) if big else ("I", "H", 4)
    inline = struct.calcsize(word)
    (directory,) = struct.unpack_from(order + word, data, first)
    (count,) = struct.unpack_from(order + count_code, data, directory)
    entry = struct.Struct(f"{order}HH{word}")
    start = directory + struct.calcsize(count_code)
    end = start + count * (entry.size + inline)
    struct.unpack_from(order + word, data, end)  # where the next directory begins: it must be there
    for at in range(start, end, entry.size + inline):
        tag, kind, length = entry.unpack_from(data, at)
        code = _TIFF_INTEGERS.get(kind)
        if code is None:
            continue
        values = at + entry.size
        if length * struct.calcsize(code) > inline:
            (values,) = struct.unpack_from(order + word, data, values)
        yield tag, _unpack_many(data, order=order, code=code, length=length, at=values)


def _unpack_many(data: bytes, *, order: str, code: str, length: int, at: int) -> tuple[int, ...]:
    if length * struct.calcsize(code) > len(data):  # a hostile length must not become an allocation
        raise struct.error("the values lie beyond the end of the file")
    return struct.unpack_from(f"{order}{length}{code}", data, at)
