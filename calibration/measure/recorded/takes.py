"""Recordings and image folders as takes: what a camera saw while its focus was swept over one target."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from calibration.apply.profile import Device, names_profile
from capture.folder.formats.image_file import is_image_name
from capture.folder.natural_order import natural_key
from capture.folder.source import StackFolder
from capture.recording.origin import DEVICE_RECORD
from capture.recording.reader import RecordingReader
from capture.recording.series.files import is_series
from focstream.focal_slice import Image
from focstream.types import FocalSlice, InputError

_WAIT_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One slice, by the command in force in the middle of its exposure.

    Attributes
    ----------
    image
        (H, W) or (H, W, 3).
    command
        Of the lens, in its own unit.
    direction, sweep_id, temperature_c
        As in `focstream.SliceTag`.
    time_s
        Of the middle of the exposure.
    """

    image: Image
    command: float
    direction: int
    sweep_id: int
    time_s: float
    temperature_c: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """One recording, in a file or several, or one folder of images with their commands in focus.csv."""

    path: Path

    def shots(self) -> Iterator[Shot]:
        """Read every slice that was not taken while the lens settled.

        Raises
        ------
        InputError
            When the commands are not known, or not in the lens' own unit.
        """
        for focal_slice in self._slices():
            tag, scale = focal_slice.tag, focal_slice.scale
            command = tag.focus_dpt_commanded if tag.focus_dpt_commanded is not None else tag.focus_dpt
            if command is None:
                raise InputError(
                    f"{self.path} has no commands of the lens: add focus.csv (docs/use/folders.md)"
                )
            if scale is not None and names_profile(scale.calibration_id):
                raise InputError(
                    f"{self.path} was recorded with a profile: record it again without --profile"
                )
            if not tag.settling:
                yield Shot(
                    image=focal_slice.image,
                    command=command,
                    direction=tag.direction,
                    sweep_id=tag.sweep_id,
                    time_s=tag.exposure_mid_ns * 1e-9,
                    temperature_c=tag.temperature_c,
                )

    def device(self, *, camera: str | None, lens: str | None) -> Device:
        """Camera, lens and image size, as recorded or as named by the user.

        Raises
        ------
        InputError
            When the names are not known.
        """
        told = ""
        if self._is_recording():
            told = RecordingReader(self.path).metadata.get(DEVICE_RECORD, {}).get("name", "")
        names = re.fullmatch(r"(.+) with lens (.+)", told)
        camera = camera or (names[1] if names else None)
        lens = lens or (names[2] if names else None)
        if camera is None or lens is None:
            raise InputError(
                f"{self.path} does not name camera and lens: name them as they call themselves, "
                "with --camera-name and --lens-name"
            )
        height_px, width_px = next(self._slices()).image.shape[:2]
        return Device(camera=camera, lens=lens, width_px=width_px, height_px=height_px)

    def _is_recording(self) -> bool:
        return self.path.is_file() or is_series(self.path)

    def _slices(self) -> Iterator[FocalSlice]:
        if self._is_recording():
            yield from RecordingReader(self.path).slices()
            return
        with StackFolder(self.path) as source:
            for _ in range(len(source)):
                focal_slice = source.read(_WAIT_S)
                assert focal_slice is not None  # a folder that is not paced never lets wait
                yield focal_slice


def find_takes(path: Path) -> list[Take]:
    """Return the takes in a recording, a folder of images, or a folder of these, in natural order.

    Raises
    ------
    InputError
        When there is none.
    """
    if path.is_file() or is_series(path):
        return [Take(path=path)]
    try:
        inside = sorted(path.iterdir(), key=lambda entry: natural_key(entry.name))
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}): give a recording or a folder") from None
    if any(is_image_name(entry.name) for entry in inside):
        return [Take(path=path)]
    takes = [Take(path=entry) for entry in inside if entry.suffix == ".mcap" or entry.is_dir()]
    if not takes:
        raise InputError(f"{path} holds no recordings (.mcap), no images and no folders of images")
    return takes
