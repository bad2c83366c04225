"""The calibration profile: one versioned TOML file for one camera with one lens."""

import hashlib
from pathlib import Path
from typing import Self

from pydantic import ConfigDict, ValidationError, model_validator

from calibration.apply.parts import (
    BreathingPart,
    FieldPart,
    FlatfieldPart,
    FocusPart,
    IntrinsicsPart,
    TimingPart,
)
from focstream.files.limits import TOML_BYTES
from focstream.files.user_file import read_file
from focstream.frozen_model import FrozenModel
from focstream.program.toml_file import first_problem, parse_table
from focstream.types import CalibrationLevel, InputError, Intrinsics

VERSION = 1
"""Version of the file format; raised when older programs could not read a file written today."""

_ID = "profile"


class Device(FrozenModel):
    """What a profile belongs to.

    Attributes
    ----------
    camera, lens
        Their names, as the camera and the lens report them.
    width_px, height_px
        Size of the images.
    """

    camera: str
    lens: str
    width_px: int
    height_px: int

    def __str__(self) -> str:
        return f"camera {self.camera} with lens {self.lens}, {self.width_px} × {self.height_px} px"


class CalibrationProfile(FrozenModel):
    """All that is known of one camera with one lens.

    Attributes
    ----------
    version
        Of the file.
    device
        What it was measured on.
    date
        Of the last change, ISO 8601.
    focus, timing, breathing, intrinsics, field, flatfield
        The parts measured so far; a part can be measured anew by itself.
    """

    model_config = ConfigDict(allow_inf_nan=False)

    version: int = VERSION
    device: Device
    date: str
    focus: FocusPart | None = None
    timing: TimingPart | None = None
    breathing: BreathingPart | None = None
    intrinsics: IntrinsicsPart | None = None
    field: FieldPart | None = None
    flatfield: FlatfieldPart | None = None

    @model_validator(mode="after")
    def _has_a_focal_length(self) -> Self:
        """Refuse intrinsics that no picture moved to the reference can have."""
        self.intrinsics_there()
        return self

    def intrinsics_there(self) -> Intrinsics | None:
        """Intrinsics of a picture moved to the breathing's reference; None where they were not measured."""
        if self.intrinsics is None:
            return None
        at = self.intrinsics if self.breathing is None else self.breathing
        return self.intrinsics.at(at.reference_dpt)

    @property
    def level(self) -> CalibrationLevel:
        """How far its metres may be trusted: that of the focus map, without which there are none."""
        return "uncalibrated" if self.focus is None else self.focus.level

    @property
    def calibration_id(self) -> str:
        """Name of this very profile, for the wire and for recordings."""
        digest = hashlib.sha256(self.model_dump_json().encode()).hexdigest()
        return f"{_ID}:{self.device.lens}:{digest[:12]}"

    def require(self, device: Device, *, path: Path | None = None) -> None:
        """Refuse to be used with another device.

        Raises
        ------
        InputError
            When camera, lens or image size differ.
        """
        if device != self.device:
            name = "the profile" if path is None else f"profile {path}"
            raise InputError(
                f"{name} is for {self.device}, but this is {device}: calibrate this one "
                "(python -m calibration), or give its own profile"
            )


def names_profile(calibration_id: str) -> bool:
    """Whether this is the name of a profile, and not that of a lens or of a focus list."""
    return calibration_id.startswith(f"{_ID}:")


def read_profile(path: Path) -> CalibrationProfile:
    """Read a profile.

    Raises
    ------
    InputError
        When it cannot be read, is no profile, or was written by a newer version.
    """
    return parse_profile(read_file(path, most_bytes=TOML_BYTES, what="profile"), name=str(path))


def parse_profile(data: bytes, *, name: str) -> CalibrationProfile:
    """Read a profile from the bytes of a TOML file, maybe out of a recording; `name` is for messages.

    Raises
    ------
    InputError
        As `read_profile`.
    """
    values = parse_table(data, name=f"profile {name}")
    version = values.get("version")
    if isinstance(version, int) and version > VERSION:
        raise InputError(
            f"profile {name} has version {version}, but this focstream reads up to {VERSION}: "
            "update focstream"
        )
    try:
        return CalibrationProfile.model_validate(values)
    except ValidationError as error:
        raise InputError(f"profile {name}: {first_problem(error)}") from None
