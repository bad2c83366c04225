"""The files that say what is known of a rig, read once: for what is computed and for what is recorded."""

import logging
from dataclasses import dataclass
from pathlib import Path

from calibration.apply.profile import CalibrationProfile, parse_profile
from capture.recording.origin import PROFILE_NAME, Attachment, file_attachment
from capture.recording.reader import RecordingReader
from focstream.files.intrinsics_file import IntrinsicsFile, parse_intrinsics
from focstream.types import InputError

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RigFiles:
    """What is known of a camera and its lens, and the files that it was read from.

    Attributes
    ----------
    profile, intrinsics
        None where unknown.
    attachments
        The files, byte for byte, to put into a recording.
    in_pixels
        Whether somebody asks about places in the picture, in its pixels.
    """

    profile: CalibrationProfile | None = None
    intrinsics: IntrinsicsFile | None = None
    attachments: tuple[Attachment, ...] = ()
    in_pixels: bool = False

    @property
    def fix_the_size(self) -> bool:
        """Whether something is known or asked that holds for whole images alone, not for parts of them."""
        return self.profile is not None or self.intrinsics is not None or self.in_pixels


def read_rig_files(
    *,
    profile: Path | None = None,
    intrinsics: Path | None = None,
    recording: RecordingReader | None = None,
    in_pixels: bool = False,
) -> RigFiles:
    """Read the files that are given; without a profile, that inside of the recording.

    Raises
    ------
    InputError
        When a file cannot be read or used.
    """
    attachments: list[Attachment] = []
    known = calibration = None
    if intrinsics is not None:
        attachments.append(file_attachment(intrinsics))
        known = parse_intrinsics(attachments[-1].data, name=str(intrinsics))
    if profile is not None:
        attachments.append(file_attachment(profile, name=PROFILE_NAME))
        calibration = parse_profile(attachments[-1].data, name=str(profile))
    elif recording is not None and (data := _profile_in(recording)) is not None:
        attachments.append(Attachment(name=PROFILE_NAME, media_type="application/toml", data=data))
        calibration = parse_profile(data, name=f"in {recording.path}")
        _log.info("%s: the calibration profile in it is used", recording.path)
    return RigFiles(
        profile=calibration, intrinsics=known, attachments=tuple(attachments), in_pixels=in_pixels
    )


def _profile_in(recording: RecordingReader) -> bytes | None:
    """Return the profile in a recording; None where there is none."""
    found = {item.data for item in recording.attachments if item.name == PROFILE_NAME}
    if len(found) > 1:
        raise InputError(
            f"{recording.path} holds {len(found)} different calibration profiles, because recordings were "
            "merged into it, and slices of one cannot be corrected by the other; replay them one by one"
        )
    return next(iter(found), None)
