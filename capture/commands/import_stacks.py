"""Stacks of images as a recording."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro
from pydantic import Field

from capture.commands.phone_stack import phone_stack
from capture.commands.stacks import ddff_stacks, fod_stacks, slices_of
from capture.film.frame_range import is_film, parse_frame_range
from capture.film.source import FilmSource
from capture.folder.source import StackFolder
from capture.folder.stack_reading import FocusFrom, StackReading
from capture.recording.file_writer import FileWriter
from capture.recording.origin import Origin, configuration_attachment
from capture.rig_files import read_rig_files
from focstream.files.part_files import whole_file
from focstream.program.numbers import NumberFromZero
from focstream.types import FocalSlice, InputError

Kind = Literal["folder", "phone", "fod", "ddff"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportSettings:
    """What to import.

    Attributes
    ----------
    source
        Folder of images, file that holds a stack (TIFF, MPO), film, or HDF5 file (ddff).
    out
        New .mcap file.
    kind
        folder: images or a film, far to near, or with focus_distance.txt or focus.csv; or a file that holds a
        stack. phone: images with metadata of Android's Camera2 or of picamera2 as JSON. fod, ddff: data sets.
    reverse
        folder: the first image is the nearest.
    focus_from, bits, channel, time
        folder: as of run_pipeline.py.
    frames
        Which frames of a film: FIRST:END, counted from 0.
    intrinsics
        TOML file with the intrinsics of the images.
    """

    source: Annotated[Path, tyro.conf.Positional]
    out: Path
    kind: Kind = "folder"
    reverse: bool = False
    frames: str | None = None
    focus_from: FocusFrom | None = None
    bits: Annotated[int, Field(ge=1, le=16)] | None = None
    channel: str | None = None
    time: NumberFromZero | None = None
    intrinsics: Path | None = None


def import_stacks(settings: ImportSettings) -> int:
    """Make the recording; returns how many slices are in it.

    Raises
    ------
    InputError
        When something cannot be read or written, or `out` exists; no file is left then.
    """
    files = read_rig_files(intrinsics=settings.intrinsics)
    configuration = configuration_attachment(f'{{"import": "{settings.kind}"}}')
    origin = Origin(device=f"import of {settings.source}", attachments=(configuration, *files.attachments))
    if settings.out.exists():
        raise InputError(f"{settings.out} exists and is not replaced: give another --out")
    try:
        with (
            whole_file(settings.out) as part,
            FileWriter(part, origin=origin, named=settings.out) as writer,
        ):
            for focal_slice in _slices(settings):
                writer.write_slice(files.intrinsics.attach(focal_slice) if files.intrinsics else focal_slice)
    except OSError as error:
        raise InputError(f"cannot write {settings.out}: {error.strerror}; give another --out") from error
    return writer.slices


def _slices(settings: ImportSettings) -> Iterator[FocalSlice]:
    source = settings.source
    if settings.kind == "folder" and is_film(source):
        wanted = parse_frame_range(settings.frames)
        return _played(FilmSource(source, frames=wanted, reverse=settings.reverse))
    if settings.frames is not None:
        raise InputError(f"--frames is for films (MP4, MOV, MKV, AVI), and {source} is none")
    if settings.kind == "folder":
        return _played(StackFolder(source, reading=_reading(settings)))
    if settings.kind == "phone":
        phone = phone_stack(source, own_intrinsics=settings.intrinsics is None)
        return slices_of(iter([phone.slices]), source=source, name="camera metadata", level=phone.level)
    stacks = fod_stacks(source) if settings.kind == "fod" else ddff_stacks(source)
    return slices_of(stacks, source=source, name=settings.kind)


def _reading(settings: ImportSettings) -> StackReading:
    return StackReading(
        reverse=settings.reverse,
        bits=settings.bits,
        focus_from=settings.focus_from,
        channel=settings.channel,
        time=settings.time,
    )


def _played(source: FilmSource | StackFolder) -> Iterator[FocalSlice]:
    with source:
        for _ in range(len(source)):
            focal_slice = source.read(0.0)
            if focal_slice is not None:
                yield focal_slice
