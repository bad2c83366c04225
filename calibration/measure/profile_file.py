"""Write a profile: readable by people, and never half a file."""

from pathlib import Path

from calibration.apply.profile import CalibrationProfile
from focstream.program.extras import need_extra
from focstream.types import InputError

_HEAD = """# Calibration of a focus-sweeping camera, made by: python -m calibration
# Vergences are in dioptres (1/m), pictures in pixels, times in seconds, commands in the unit of the lens.

"""


def profile_text(profile: CalibrationProfile) -> str:
    """Profile as TOML.

    Raises
    ------
    InputError
        When the optional package that writes TOML is not installed.
    """
    need_extra("tomli_w", extra="calibration", what="writing a profile", package="tomli-w")
    import tomli_w

    return _HEAD + tomli_w.dumps(profile.model_dump(exclude_none=True))


def write_profile(profile: CalibrationProfile, path: Path) -> None:
    """Write or replace a profile file at once: a reader meanwhile sees the old one or the new one.

    Raises
    ------
    InputError
        When it cannot be written.
    """
    text = profile_text(profile)
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise InputError(f"profile {path}: cannot be written ({error.strerror})") from None
