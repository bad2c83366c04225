"""Strict reading of one image file."""

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from capture.folder.formats.float_image import float_picture, is_float_image
from capture.folder.formats.heif_image import heif_pictures, is_heif
from capture.folder.formats.jpeg_segments import pictures_of_jpeg, same_size_pictures
from capture.folder.formats.opencv_image import decode_with_opencv
from capture.folder.formats.picture import Picture, picture_of
from capture.folder.formats.tiff_image import is_tiff, read_tiff
from capture.folder.formats.truncation import file_fault
from focstream.files.image_size import check_pixels
from focstream.files.limits import IMAGE_BYTES
from focstream.files.user_file import read_file
from focstream.focal_slice import Image
from focstream.types import InputError

_Found = TypeVar("_Found")

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".heic", ".heif", ".hif")
FLOAT_SUFFIXES = (".pfm", ".exr")
"""Of rendered stacks; beside other images they are taken for truth."""


def is_image_name(name: str) -> bool:
    """Whether a file of this name is taken for an image: by its suffix, and not hidden."""
    return not name.startswith(".") and name.lower().endswith((*IMAGE_SUFFIXES, *FLOAT_SUFFIXES))


def read_bytes(path: Path) -> bytes:
    """Read an image file.

    Raises
    ------
    InputError
        When it cannot be read, is no regular file, or too long.
    """
    return read_file(path, most_bytes=IMAGE_BYTES)


def read_picture(path: Path) -> Picture:
    """Read the one image of a file whole, or not at all.

    Palettes and single bits are expanded. A rotation noted in EXIF is not applied: pixels stay as the sensor
    delivered them, because a phone that is tilted in mid-sweep changes the note, but not the pixels.

    Parameters
    ----------
    path
        The file; its contents count, not its suffix.

    Raises
    ------
    InputError
        When the file cannot be read, is cut short or damaged, announces too many pixels, holds several
        images, or does not hold 8 or 16 bits a channel.
    """
    data = read_bytes(path)
    check_pixels(data, name=str(path))
    if is_heif(data):
        return _only(heif_pictures(data, path=path), path=path)
    if is_float_image(data):
        return float_picture(data, path=path)
    fault = file_fault(data)
    if fault is not None:
        raise InputError(f"{path} {fault}; copy it from the camera again, or remove it")
    if is_tiff(data):
        return read_tiff(data, path=path)
    if data.startswith(b"\xff\xd8"):
        _only(same_size_pictures(pictures_of_jpeg(data)), path=path)
    return decode_plain(data, name=str(path))


def read_image(path: Path) -> Image:
    """Read the one image of a file, its values as they are there: of a stack, see `StackImages`.

    Raises
    ------
    InputError
        As of `read_picture`.
    """
    return read_picture(path).image


def decode_plain(data: bytes, *, name: str) -> Picture:
    """Decode the bytes of a PNG or JPEG file.

    Raises
    ------
    InputError
        When it cannot be decoded, is too large, or does not hold 8 or 16 bits a channel.
    """
    check_pixels(data, name=name)
    pixels = decode_with_opencv(data)
    if pixels is None:
        raise InputError(
            f"{name} cannot be decoded; copy it from the camera again, or save it as a plain PNG"
        )
    if pixels.dtype not in (np.uint8, np.uint16):
        raise InputError(
            f"{name} holds {pixels.dtype} pixels; convert it to 8 or 16 bits a channel, without sign"
        )
    return picture_of(pixels)


def _only(pictures: Sequence[_Found], *, path: Path) -> _Found:
    if len(pictures) > 1:
        raise InputError(
            f"{path} holds {len(pictures)} images: give it alone as a stack, or save its images as files"
        )
    return pictures[0]
