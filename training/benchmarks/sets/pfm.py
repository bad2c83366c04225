"""Disparity maps in PFM files."""

from pathlib import Path

from capture.folder.formats.float_image import read_pfm
from focstream.depth_update import FloatMap
from focstream.files.image_size import check_pixels
from focstream.files.limits import IMAGE_BYTES
from focstream.files.user_file import read_file
from focstream.types import InputError


def read_disparity(path: Path) -> FloatMap:
    """Read a grey PFM file, (H, W) with the top row first.

    Raises
    ------
    InputError
        When it cannot be read. Also when its scale is not 1 or -1: some readers multiply by it, OpenCV
        divides, and most pass it over.
    """
    data = read_file(path, most_bytes=IMAGE_BYTES, remedy="copy the data set again")
    check_pixels(data, name=str(path))
    words = data[:200].split(maxsplit=4)
    if len(words) < 5 or words[0] != b"Pf":
        raise InputError(f"{path} is no grey PFM file; copy the data set again")
    if not _is_one(words[3]):
        raise InputError(f"{path}: its scale is {words[3].decode(errors='replace')}; only 1 and -1 are known")
    return read_pfm(data, path=path)


def _is_one(scale: bytes) -> bool:
    """Whether a scale is 1, or -1 for bytes in the other order."""
    try:
        return abs(float(scale)) == 1.0
    except ValueError:
        return False
