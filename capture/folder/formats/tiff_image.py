"""A TIFF file that holds one image."""

import io
from pathlib import Path
from typing import TYPE_CHECKING

from capture.folder.formats.opencv_image import decode_with_opencv
from capture.folder.formats.picture import Picture, picture_of
from capture.folder.formats.tiff_page import (
    TIFF_FAULTS,
    NeedsCodecsError,
    is_plain,
    need_codecs,
    quiet_tifffile,
    tiff_picture,
)
from capture.folder.formats.tiff_series import images_in, open_tiff, stacks_in
from focstream.types import InputError

if TYPE_CHECKING:
    from tifffile import TiffPage

_CONTIGUOUS = 1


def is_tiff(data: bytes) -> bool:
    """Whether the bytes of a file begin as those of a TIFF file, of either kind and order."""
    return data[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def read_tiff(data: bytes, *, path: Path) -> Picture:
    """Read the one image of a TIFF file; a thumbnail behind it does not count.

    Raises
    ------
    InputError
        When it holds several, is damaged, or holds what is no picture of 8 or 16 bits a channel.
    """
    try:
        # Closed, because the objects of tifffile hold each other, and the bytes, until the collector runs.
        with io.BytesIO(data) as buffer, quiet_tifffile(), open_tiff(buffer) as file:
            stacks = stacks_in(file, path=path)
            if stacks:
                count = images_in(stacks[0])
                raise InputError(
                    f"{path} holds {count} images: give it alone as a stack, or save its images as files"
                )
            page = file.pages.first
            if not is_plain(page):
                return _by_opencv(data, page, path=path)
            return tiff_picture(page, kind=page, name=str(path))
    except NeedsCodecsError:
        return _by_opencv(data, page, path=path)
    except TIFF_FAULTS as error:
        raise InputError(
            f"{path} cannot be decoded ({error}); copy it from the camera again, or save it as a plain PNG"
        ) from error


def _by_opencv(data: bytes, page: "TiffPage", *, path: Path) -> Picture:
    """Decode what tifffile does not alone: colours of printers and films, and LZW without imagecodecs.

    Never 16 bits in separate planes: OpenCV's wheels (4.10 to 5.0) take the first plane for all of them.
    """
    plain = is_plain(page)
    contiguous = page.bitspersample == 16 and page.planarconfig == _CONTIGUOUS and page.photometric != 0
    right = page.bitspersample == 8 or (plain and contiguous)
    pixels = decode_with_opencv(data) if right else None
    if pixels is not None:
        return picture_of(pixels)
    if plain:
        need_codecs(str(path))
    raise InputError(f"{path} cannot be decoded; save it as a plain PNG")
