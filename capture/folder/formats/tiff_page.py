"""The pixels of one page of a TIFF file, as every kind of page is meant."""

import logging
import lzma
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from capture.folder.formats.picture import Picture, picture_of
from focstream.files.image_size import check_size
from focstream.program.extras import need_extra
from focstream.types import InputError

if TYPE_CHECKING:
    from tifffile import TiffFrame, TiffPage

_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE = range(4)
_NO_ALPHA = 0  # EXTRASAMPLES: unspecified
_SEPARATE = 2  # PLANARCONFIG
_MOST_SAMPLES = 16  # of a pixel: what has more than four is refused when it is decoded

TIFF_FAULTS = (
    ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RuntimeError, MemoryError, OSError,
    struct.error, zlib.error, lzma.LZMAError,
)  # fmt: skip
"""What tifffile and its codecs raise for a damaged file."""


class NeedsCodecsError(Exception):
    """The page is compressed in a way that takes the package imagecodecs."""


@contextmanager
def quiet_tifffile() -> Iterator[None]:
    """Keep tifffile from logging what is raised or decided here anyway."""
    logger = logging.getLogger("tifffile")
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(before)


def is_plain(page: "TiffPage") -> bool:
    """Whether the colours of a page are grey, red-green-blue or a palette, and no others."""
    return int(page.photometric) in (_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE)


def tiff_picture(page: "TiffPage | TiffFrame", *, kind: "TiffPage", name: str) -> Picture:
    """Decode a page.

    Parameters
    ----------
    page
        What is read.
    kind
        The page that says what the pixels are: itself, or the first one of its series.
    name
        For messages.

    Raises
    ------
    InputError
        When the page is damaged, or holds what is no picture of 8 or 16 bits a channel.
    NeedsCodecsError
        When decoding takes the package imagecodecs, which is not installed.
    """
    require_usable(kind, name=name)
    try:
        with quiet_tifffile():
            pixels = page.asarray()
    except TIFF_FAULTS as error:
        if "imagecodecs" in str(error):
            raise NeedsCodecsError(str(error)) from error
        raise InputError(f"{name} cannot be decoded ({error}); write the file again, or remove it") from error
    return picture_of_page(pixels, kind=kind, name=name)


def picture_of_page(pixels: NDArray[Any], *, kind: "TiffPage", name: str) -> Picture:
    """Make a picture of the (S, H, W), (H, W, S) or (H, W) samples of a page.

    Raises
    ------
    InputError
        When they are no picture of 8 or 16 bits a channel.
    """
    if pixels.ndim == 3 and int(kind.planarconfig) == _SEPARATE:
        pixels = np.moveaxis(pixels, 0, -1)
    if pixels.dtype not in (np.bool_, np.uint8, np.uint16):
        raise InputError(
            f"{name} holds {pixels.dtype} pixels; convert it to 8 or 16 bits a channel, without sign"
        )
    photometric, bits = int(kind.photometric), int(kind.bitspersample)
    if photometric == _PALETTE and kind.colormap is not None:
        colours = np.moveaxis(np.asarray(kind.colormap) >> 8, 0, -1).astype(np.uint8)[:, ::-1]
        return picture_of(colours[pixels.astype(np.intp)])
    if bits < 8:
        pixels, bits = pixels.astype(np.uint8) * np.uint8(255 // ((1 << bits) - 1)), 8
    if photometric == _WHITE_IS_ZERO:
        pixels = np.asarray((1 << bits) - 1, pixels.dtype) - pixels
    return _coloured(pixels, kind=kind, name=name, bits=bits)


def _coloured(pixels: NDArray[Any], *, kind: "TiffPage", name: str, bits: int) -> Picture:
    known = bits if bits < 8 * pixels.dtype.itemsize else None  # 16 bits may be there for fewer
    if pixels.ndim == 2:
        return picture_of(pixels, bits=known)
    colours = 3 if int(kind.photometric) == _RGB else 1
    extra = pixels.shape[2] - colours
    if not 0 <= extra <= 1:
        raise InputError(f"{name} has {pixels.shape[2]} channels; save it as grey or red-green-blue")
    if extra and kind.extrasamples and int(kind.extrasamples[0]) == _NO_ALPHA:
        pixels = pixels[..., :colours]
    if colours == 3:
        pixels = pixels[..., [2, 1, 0, 3][: pixels.shape[2]]]
    return picture_of(pixels, bits=known)


def require_usable(page: "TiffPage", *, name: str) -> None:
    """Refuse a page of colours or of a size that are not read here, before it is decoded.

    Raises
    ------
    InputError
        Names the page.
    """
    if page.dtype is None or not is_plain(page):
        kind = getattr(page.photometric, "name", page.photometric)
        raise InputError(f"{name} holds {kind} pixels; save it as grey or red-green-blue")
    check_size(page.imagewidth, page.imagelength, name=name)
    if page.imagedepth != 1 or page.samplesperpixel > _MOST_SAMPLES:
        raise InputError(f"{name} cannot be decoded: it is no plain image")


def need_codecs(name: str) -> None:
    """Raise the error that says how to get the package imagecodecs."""
    need_extra("imagecodecs", extra="images", what=f"{name}: its compression")
