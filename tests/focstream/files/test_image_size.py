import struct
import zlib

import cv2
import numpy as np
import pytest
import tifffile

from focstream.files.image_size import check_pixels
from focstream.types import InputError

IMAGE = np.zeros((12, 20, 3), np.uint8)


def encoded(suffix: str) -> bytes:
    return cv2.imencode(suffix, IMAGE)[1].tobytes()


def tiff(**options) -> bytes:
    import io

    buffer = io.BytesIO()
    tifffile.imwrite(buffer, IMAGE, **options)
    return buffer.getvalue()


def pfm() -> bytes:
    return b"PF\n20 12\n-1.0\n" + bytes(4 * 3 * 240)


@pytest.mark.parametrize(
    "data",
    [
        *(encoded(suffix) for suffix in (".png", ".jpg", ".ppm", ".tif")),
        *(tiff(), tiff(bigtiff=True), tiff(byteorder=">")),
        pfm(),
    ],
    ids=["png", "jpg", "ppm", "tif", "tifffile", "bigtiff", "big-endian", "pfm"],
)
def test_the_header_is_enough(data: bytes) -> None:
    check_pixels(data, name="a", most=240)
    with pytest.raises(InputError, match=r"^a announces 20 × 12 px"):
        check_pixels(data, name="a", most=239)


def test_a_header_alone_is_refused_before_anything_is_decoded() -> None:
    head = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + b"IHDR" + head + struct.pack(">I", zlib.crc32(b"IHDR" + head))
    with pytest.raises(InputError, match=r"268\.4 megapixels"):
        check_pixels(b"\x89PNG\r\n\x1a\n" + chunk, name="a")


@pytest.mark.parametrize(
    "data", [b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\0", b"II+\0\0\0\0\0", b"P6 9"]
)
def test_what_is_cut_short_is_left_to_the_decoder(data: bytes) -> None:
    check_pixels(data, name="a", most=1)
