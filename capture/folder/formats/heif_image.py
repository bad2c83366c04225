"""HEIC and HEIF files, as phones write them."""

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from capture.folder.formats.jpeg_segments import exif_of_tiff
from capture.folder.formats.picture import Picture, picture_of
from focstream.files.image_size import check_size
from focstream.program.extras import need_extra
from focstream.types import InputError

if TYPE_CHECKING:
    from pillow_heif import HeifFile

_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")


def is_heif(data: bytes) -> bool:
    """Whether the bytes of a file begin as those of a HEIC or HEIF file."""
    return data[4:8] == b"ftyp" and data[8:12] in _BRANDS


def heif_pictures(data: bytes, *, path: Path) -> list[Picture]:
    """Read all images as large as the main one, turned as the file asks: no file comes without that.

    Raises
    ------
    InputError
        When pillow-heif is not installed, cannot decode the file, or an image has too many pixels.
    """
    file = _opened(data, path=path)
    for image in file:
        check_size(*image.size, name=str(path))
    try:
        return [
            picture_of(_blue_first(np.asarray(image), mode=image.mode))
            for image in file
            if image.size == file.size
        ]
    except (ValueError, RuntimeError, OSError, EOFError, MemoryError) as error:
        raise InputError(f"{path} cannot be decoded ({error}); copy it from the camera again") from error


def exif_of_heif(data: bytes, *, path: Path) -> dict[str, Any]:
    """EXIF by the names of its tags; empty where there is none that can be read."""
    exif = _opened(data, path=path).info.get("exif")
    return exif_of_tiff(exif.removeprefix(b"Exif\0\0")) if isinstance(exif, bytes) else {}


def _opened(data: bytes, *, path: Path) -> "HeifFile":
    need_extra("pillow_heif", extra="images", what=f"{path}: reading HEIC", package="pillow-heif")
    import pillow_heif

    try:
        return pillow_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=False)
    except (ValueError, RuntimeError, OSError, EOFError, SyntaxError) as error:
        raise InputError(f"{path} cannot be read ({error}); copy it from the camera again") from error


def _blue_first(pixels: np.ndarray[Any, np.dtype[Any]], *, mode: str) -> np.ndarray[Any, np.dtype[Any]]:
    if pixels.ndim == 2 or not mode.startswith("RGB"):
        return pixels
    return cast("np.ndarray[Any, np.dtype[Any]]", pixels[..., [2, 1, 0, 3][: pixels.shape[2]]])
