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

    def run(settings: FocusSettings) -> None:
        from calibration.measure.commands import focus

        focus(settings)

    return Command(FocusSettings, run)


def _timing() -> AnyCommand:
    """Measure latency, hysteresis and settle time, from sweeps and steps before one target."""
    from calibration.measure.command_settings import Settings

    def run(settings: Settings) -> None:
        from calibration.measure.commands import timing

        timing(settings)

    return Command(Settings, run)


def _breathing() -> AnyCommand:
    """Measure the magnification over focus, from one textured target."""
    from calibration.measure.command_settings import SweptSettings

    def run(settings: SweptSettings) -> None:
        from calibration.measure.commands import breathing

        breathing(settings)

    return Command(SweptSettings, run)


def _intrinsics() -> AnyCommand:
    """Measure intrinsics over focus from views of a board; live also the curvature of the field."""
    from calibration.measure.command_settings import BoardSettings

    def run(settings: BoardSettings) -> None:
        from calibration.measure.commands import intrinsics

        intrinsics(settings)

    return Command(BoardSettings, run)


def _field() -> AnyCommand:
    """Measure curvature and tilt of the field, from a flat, upright target."""
    from calibration.measure.command_settings import Settings

    def run(settings: Settings) -> None:
        from calibration.measure.commands import field

        field(settings)

    return Command(Settings, run)


def _flatfield() -> AnyCommand:
    """Measure vignetting from an evenly lit white surface."""
    from calibration.measure.command_settings import Settings

    def run(settings: Settings) -> None:
        from calibration.measure.commands import flatfield

        flatfield(settings)

    return Command(Settings, run)


def _targets() -> AnyCommand:
    """Write the targets to print: texture, board, and how large they must come out."""
    from calibration.measure.command_settings import TargetSettings

    def run(settings: TargetSettings) -> None:
        from calibration.measure.commands import targets

        targets(settings)

    return Command(TargetSettings, run)


def _show() -> AnyCommand:
    """Print a profile."""
    from calibration.measure.command_settings import FileSettings

    def run(settings: FileSettings) -> None:
        from calibration.measure.commands import show

        show(settings)

    return Command(FileSettings, run)


def _check() -> AnyCommand:
    """Measure targets at known distances and print how far off the profile is; changes nothing."""
    from calibration.measure.command_settings import FocusSettings

    def run(settings: FocusSettings) -> None:
        from calibration.measure.commands import check

        check(settings)

    return Command(FocusSettings, run)


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
