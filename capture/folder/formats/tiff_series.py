"""The series of a TIFF file: pages that belong together."""

import math
from pathlib import Path
from typing import IO, TYPE_CHECKING

from focstream.files.user_file import check_file
from focstream.types import InputError

if TYPE_CHECKING:
    from tifffile import TiffFile, TiffPageSeries

_OF_ONE_IMAGE = "YXS"


def open_tiff(file: Path | IO[bytes]) -> "TiffFile":
    """Open a TIFF file; pages of one size that were written one by one are one series.

    Raises
    ------
    InputError
        When it is no regular file.
    """
    import tifffile

    if isinstance(file, Path):
        check_file(file)
    opened = tifffile.TiffFile(file)
    try:
        apart = len(opened.series) > 1 and opened.series[0].kind == "shaped"
        apart = apart and images_in(opened.series[0]) == 1
    except BaseException:  # of a damaged file, which would stay open
        opened.close()
        raise
    if not apart:
        return opened
    # By the notes of tifffile every page is a series; without them pages of one size are.
    opened.close()
    if not isinstance(file, Path):
        file.seek(0)
    return tifffile.TiffFile(file, is_shaped=False)


def images_in(series: "TiffPageSeries") -> int:
    """How many images a series holds."""
    sizes = zip(series.axes, series.shape, strict=True)
    return math.prod(size for axis, size in sizes if axis not in _OF_ONE_IMAGE)


def stacks_in(file: "TiffFile", *, path: Path) -> list["TiffPageSeries"]:
    """Return the series of several images; thumbnails and labels are in others.

    Raises
    ------
    InputError
        When ImageJ wrote more images than there are.
    """
    told = (file.imagej_metadata or {}).get("images", 1)
    found = sum(map(images_in, file.series))
    if isinstance(told, int) and found < told:
        raise InputError(f"{path} is cut short: it holds {found} of {told} images; copy it again")
    return [series for series in file.series if images_in(series) > 1]
