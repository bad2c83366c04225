"""``python -m capture COMMAND``: record, recover, import, export and describe recordings."""

if __name__ == "__main__":  # before anything that takes time to import
    from focstream.program.signals import begin

    begin("python -m capture")

import sys
from collections.abc import Sequence

from focstream.counted import counted
from focstream.program.commands import AnyCommand, Command, run_program, say


def _record() -> AnyCommand:
    """Record slices without computing depth; needs --camera (or --replay) and --record FILE."""
    from capture.commands.record_settings import RecordSettings

    def run(settings: RecordSettings) -> int:
        from capture.commands.record import record

        return record(settings)

    return Command(RecordSettings, run)


def _recover() -> AnyCommand:
    """Give a recording that was cut short its end back, in a new file; the old one is left as it is."""
    from capture.commands.recover import RecoverSettings, recover_recording

    return Command(RecoverSettings, lambda settings: say(recover_recording(settings)))


def _info() -> AnyCommand:
    """Print what is in a recording."""
    from capture.commands.summary import InfoSettings, describe

    return Command(InfoSettings, lambda settings: say(describe(settings)))


def _import() -> AnyCommand:
    """Make a recording of a folder of images, of phone images with metadata, or of a data set."""
    from capture.commands.import_stacks import ImportSettings, import_stacks

    return Command(
        ImportSettings, lambda settings: say(f"{counted(import_stacks(settings), 'slice')} in {settings.out}")
    )


def _export() -> AnyCommand:
    """Make images and CSV, NPZ, point clouds or a film of a recording."""
    from capture.commands.export import ExportSettings, export

    return Command(ExportSettings, lambda settings: say(f"{export(settings)} made in {settings.out}"))


_COMMANDS = {
    "record": _record,
    "info": _info,
    "export": _export,
    "import": _import,
    "recover": _recover,
}


def main(argv: Sequence[str], *, prog: str = "python -m capture") -> int:
    """Run one command; returns the exit code."""
    return run_program(_COMMANDS, argv, prog=prog, about="Make, describe, mend and convert recordings.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
