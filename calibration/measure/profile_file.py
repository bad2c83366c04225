"""Write a profile: readable by people, and never half a file."""

from pathlib import Path

from calibration.apply.profile import CalibrationProfile
from focstream.files.writing import write_whole, writing
from focstream.program.extras import need_extra

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
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, text.encode())
