"""``python -m calibration focus|timing|breathing|intrinsics|field|flatfield|targets|show|check``."""

if __name__ == "__main__":  # before anything that takes time to import
    from focstream.program.signals import begin

    begin("python -m calibration")

import sys
from collections.abc import Sequence

from focstream.program.commands import AnyCommand, Command, run_program


def _focus() -> AnyCommand:
    """Map commands of the lens to vergences, with targets at known distances."""
    from calibration.measure.command_settings import FocusSettings
    from calibration.measure.commands import focus

    return Command(FocusSettings, focus)


def _timing() -> AnyCommand:
    """Measure latency, hysteresis and settle time, from sweeps and steps before one target."""
    from calibration.measure.command_settings import Settings
    from calibration.measure.commands import timing

    return Command(Settings, timing)


def _breathing() -> AnyCommand:
    """Measure the magnification over focus, from one textured target."""
    from calibration.measure.command_settings import SweptSettings
    from calibration.measure.commands import breathing

    return Command(SweptSettings, breathing)


def _intrinsics() -> AnyCommand:
    """Measure intrinsics over focus from views of a board; live also the curvature of the field."""
    from calibration.measure.command_settings import BoardSettings
    from calibration.measure.commands import intrinsics

    return Command(BoardSettings, intrinsics)


def _field() -> AnyCommand:
    """Measure curvature and tilt of the field, from a flat, upright target."""
    from calibration.measure.command_settings import Settings
    from calibration.measure.commands import field

    return Command(Settings, field)


def _flatfield() -> AnyCommand:
    """Measure vignetting from an evenly lit white surface."""
    from calibration.measure.command_settings import Settings
    from calibration.measure.commands import flatfield

    return Command(Settings, flatfield)


def _targets() -> AnyCommand:
    """Write the targets to print: texture, board, and how large they must come out."""
    from calibration.measure.command_settings import TargetSettings
    from calibration.measure.commands import targets

    return Command(TargetSettings, targets)


def _show() -> AnyCommand:
    """Print a profile."""
    from calibration.measure.command_settings import FileSettings
    from calibration.measure.commands import show

    return Command(FileSettings, show)


def _check() -> AnyCommand:
    """Measure targets at known distances and print how far off the profile is; changes nothing."""
    from calibration.measure.command_settings import FocusSettings
    from calibration.measure.commands import check

    return Command(FocusSettings, check)


_COMMANDS = {
    "focus": _focus,
    "timing": _timing,
    "breathing": _breathing,
    "intrinsics": _intrinsics,
    "field": _field,
    "flatfield": _flatfield,
    "targets": _targets,
    "show": _show,
    "check": _check,
}


def main(argv: Sequence[str], *, prog: str = "python -m calibration") -> int:
    """Run one command; returns the exit code."""
    about = "Measure a camera and its lens; the profile that comes of it makes depth metric."
    return run_program(_COMMANDS, argv, prog=prog, about=about, extra="calibration")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
