"""A TIFF file of several pages: plain, of ImageJ, or OME."""

import math
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from capture.folder.focus import height_focus, ordered_focus
from capture.folder.formats.picture import Page, Picture
from capture.folder.formats.tiff_page import (
    TIFF_FAULTS,
    NeedsCodecsError,
    need_codecs,
    picture_of_page,
    quiet_tifffile,
    require_usable,
    tiff_picture,
)
from capture.folder.formats.tiff_series import images_in, open_tiff, stacks_in
from capture.folder.found_stack import FoundStack
from capture.folder.hyperstack.stack_axes import Selection, selection_of
from capture.folder.hyperstack.stage_positions import significant_bits, stage_positions
from capture.folder.stack_reading import StackReading
from focstream.files.limits import STACK_IMAGES
from focstream.files.user_file import open_file
from focstream.types import InputError

if TYPE_CHECKING:
    from tifffile import TiffFile, TiffFrame, TiffPage, TiffPageSeries


def find_tiff_stack(path: Path, reading: StackReading, closing: ExitStack) -> FoundStack:
    """Find the focal stack in a TIFF file, and the heights of its images where the file knows them.

    Raises
    ------
    InputError
        When the file is damaged, holds no stack, or several and `reading` says not which.
    """
    try:
        with quiet_tifffile():
            file = closing.enter_context(open_tiff(path))
            series, doubts = _series_of(file, path=path)
            selection = selection_of(file, series, reading, path=path)
            bits = significant_bits(file, series)
            positions = stage_positions(file, series, selection)
            pages = tuple(_pages(path, file, series, selection, bits=bits))
    except TIFF_FAULTS as error:
        raise InputError(
            f"{path} cannot be read ({error}); write it again as a TIFF file of pages"
        ) from error
    count = len(pages)
    if positions.heights_um is None:
        focus = ordered_focus(count, reverse=reading.reverse)
    else:
        focus = height_focus(positions.heights_um, reverse=reading.reverse, origin=positions.origin)
    return FoundStack(
        pages=pages,
        labels=(f"{selection.what} 0", f"{selection.what} {count - 1}"),
        focus=focus,
        origin=_origin(positions.text, metric=positions.heights_um is not None, reverse=reading.reverse),
        doubts=(*doubts, *selection.doubts, *positions.doubts),
    )


def _origin(text: str, *, metric: bool, reverse: bool) -> str:
    end, other = ("nearest", "without") if reverse else ("farthest", "with")
    what = f"heights in µm by {text}, approximate" if metric else f"the result is not metric, because {text}"
    return f"{what}; the first counts as the {end} (the other way round: {other} --reverse)"


def _series_of(file: "TiffFile", *, path: Path) -> tuple["TiffPageSeries", tuple[str, ...]]:
    """Choose the series that is a stack: pages of one size; others may be thumbnails and labels."""
    stacks = stacks_in(file, path=path)
    if not stacks:
        raise InputError(f"{path} holds one image{_planes(file)}; a focal stack needs two or more")
    if len(stacks) == 1:
        return stacks[0], ()
    return stacks[0], (f"the file holds {len(stacks)} stacks; the first one is played",)


def _planes(file: "TiffFile") -> str:
    """Explain a stack of three or four slices that its writer took for colours."""
    series = file.series[0]
    if series.axes != "SYX":
        return ""
    return (
        f", whose {series.shape[0]} planes are said to be colours (write slices with photometric=minisblack)"
    )


def _pages(
    path: Path, file: "TiffFile", series: "TiffPageSeries", selection: Selection, *, bits: int | None
) -> list[Page]:
    kind = series.keyframe
    shape = tuple(size for axis, size in zip(series.axes, series.shape, strict=True) if axis in "YXS")
    if not set(series.axes[-len(shape) :]) <= set("YXS"):
        raise InputError(f"{path} holds its images in the layout {series.axes}: save them as plain pages")
    if len(selection.indices) > STACK_IMAGES:
        raise InputError(
            f"{path} announces {len(selection.indices)} images; a stack has {STACK_IMAGES} at most"
        )
    require_usable(kind, name=str(path))
    pages = []
    for number, index in enumerate(selection.indices):
        name = f"{path}, {selection.what} {number}"
        if series.dataoffset is not None:  # also ImageJ's large stacks, which have one page for all images
            stored = np.dtype(file.byteorder + kind.dtype.char) if kind.dtype else np.dtype(np.void)
            offset = series.dataoffset + index * math.prod(shape) * stored.itemsize
            read = partial(_read_raw, path, kind, stored, shape, offset=offset, name=name)
        elif len(series.pages) == images_in(series) and series.pages[index] is not None:
            read = partial(_read_page, cast("TiffFrame", series.pages[index]), kind, name=name)
        else:
            raise InputError(f"{name} is not there: save the stack as one file of plain pages")
        pages.append(Page(name=name, read=partial(_with_bits, read, bits)))
    return pages


def _read_raw(
    path: Path, kind: "TiffPage", stored: "np.dtype[Any]", shape: tuple[int, ...], *, offset: int, name: str
) -> Picture:
    with open_file(path) as file:
        file.seek(offset)
        data = file.read(math.prod(shape) * stored.itemsize)
    if len(data) < math.prod(shape) * stored.itemsize:
        raise InputError(f"{name} is cut short; copy the file again")
    pixels = np.frombuffer(data, stored)
    return picture_of_page(pixels.reshape(shape).astype(stored.newbyteorder("=")), kind=kind, name=name)


def _read_page(page: "TiffFrame", kind: "TiffPage", *, name: str) -> Picture:
    ends = [at + count for at, count in zip(page.dataoffsets, page.databytecounts, strict=True)]
    if max(ends, default=0) > page.parent.filehandle.size:
        raise InputError(f"{name} is cut short; copy the file again")
    try:
        return tiff_picture(page, kind=kind, name=name)
    except NeedsCodecsError:
        need_codecs(name)
        raise


def _with_bits(read: Callable[[], Picture], bits: int | None) -> Picture:
    picture = read()
    return picture if bits is None else replace(picture, bits=bits)
