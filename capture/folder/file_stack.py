"""One file that holds a whole focal stack."""

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from capture.folder.focus import ordered_focus
from capture.folder.formats.heif_image import heif_pictures, is_heif
from capture.folder.formats.image_file import decode_plain, read_bytes
from capture.folder.formats.jpeg_segments import pictures_of_jpeg, same_size_pictures
from capture.folder.formats.picture import Page, Picture
from capture.folder.formats.tiff_image import is_tiff
from capture.folder.formats.truncation import file_fault
from capture.folder.found_stack import FoundStack
from capture.folder.hyperstack.tiff_stack import find_tiff_stack
from capture.folder.stack_reading import StackReading
from focstream.files.user_file import open_file
from focstream.types import InputError

_HEAD_BYTES = 16
_JPEG = b"\xff\xd8"
_OF_ONE_IMAGE = (b"\x89PNG", b"\x76\x2f\x31\x01", b"PF\n", b"Pf\n")


def is_stack_file(path: Path) -> bool:
    """Whether a file begins as one that holds images; whether it holds several is found when it is opened."""
    head = _head(path)
    return is_tiff(head) or is_heif(head) or head.startswith((_JPEG, *_OF_ONE_IMAGE))


def open_file_stack(path: Path, reading: StackReading, closing: ExitStack) -> FoundStack:
    """Open a TIFF file of several pages, or a burst (MPO, HEIC); `closing` closes it.

    Raises
    ------
    InputError
        When the file holds no stack, or several and `reading` says not which.
    """
    if reading.focus_from is not None:
        raise InputError(f"{path} is one file: --focus-from is for folders of images")
    if is_tiff(_head(path)):
        return find_tiff_stack(path, reading, closing)
    if reading.channel is not None or reading.time is not None:
        raise InputError(f"{path} holds neither channels nor times: leave --channel and --time out")
    readers = _of_burst(path, read_bytes(path))
    if len(readers) < 2:
        raise InputError(
            f"{path} holds one image; a focal stack needs two or more, in this file or in a folder"
        )
    names = [f"image {number}" for number in range(len(readers))]
    end, other = ("nearest", "without") if reading.reverse else ("farthest", "with")
    return FoundStack(
        pages=tuple(
            Page(name=f"{path}, {name}", read=read) for name, read in zip(names, readers, strict=True)
        ),
        labels=(names[0], names[-1]),
        focus=ordered_focus(len(readers), reverse=reading.reverse),
        origin=f"the result is not metric; the first is the {end} (the other way round: {other} --reverse)",
    )


def _of_burst(path: Path, data: bytes) -> list[Callable[[], Picture]]:
    """Return what reads each image of a burst."""
    if is_heif(data):
        return [partial(_same, picture) for picture in heif_pictures(data, path=path)]
    if not data.startswith(_JPEG):
        return [partial(decode_plain, data, name=str(path))]
    fault = file_fault(data)
    if fault is not None:
        raise InputError(f"{path} {fault}; copy it from the camera again")
    pictures = pictures_of_jpeg(data)
    if b"" in pictures:
        lost = f"picture {pictures.index(b'')} of {len(pictures)}"
        raise InputError(f"{path} is damaged: {lost} is not where its directory says; copy it again")
    return [
        partial(_whole_jpeg, part, name=f"{path}, image {number}")
        for number, part in enumerate(same_size_pictures(pictures))
    ]


def _whole_jpeg(data: bytes, *, name: str) -> Picture:
    fault = file_fault(data)
    if fault is not None:
        raise InputError(f"{name} {fault}; copy the file from the camera again")
    return decode_plain(data, name=name)


def _same(picture: Picture) -> Picture:
    return picture


def _head(path: Path) -> bytes:
    try:
        with open_file(path) as file:
            return file.read(_HEAD_BYTES)
    except (InputError, OSError):
        return b""
