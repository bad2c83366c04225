"""``python -m capture COMMAND``: record, recover, import, export and describe recordings."""

import logging
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro
from tyro.extras import SubcommandApp

from capture.commands.export import ExportSettings, export
from capture.commands.import_stacks import ImportSettings, import_stacks
from capture.commands.record import RecordSettings, record
from capture.commands.recover import recover
from capture.commands.summary import describe_recording
from focstream.program.commands import run_command
from focstream.program.settings import load_settings
from focstream.types import FocstreamError

_PROG = "python -m capture"

app = SubcommandApp()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingPath:
    """A recording.

    Attributes
    ----------
    file
        The .mcap file.
    """

    file: Annotated[Path, tyro.conf.Positional]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoverSettings(RecordingPath):
    """A recording that was cut short.

    Attributes
    ----------
    out
        New file; by default NAME.recovered.mcap beside it.
    """

    out: Path | None = None


@app.command(name="record")
def _record() -> None:
    """Record slices without computing depth; its options: ``python -m capture record --help``."""


@app.command(name="recover")
def _recover(settings: RecoverSettings) -> None:
    """Give a recording that was cut short its end back, in a new file; the old one is left as it is."""
    done = recover(settings.file, out=settings.out)
    state = "was whole" if done.was_whole else "was cut short"
    damaged = f", {done.damaged_chunks} damaged chunks left out" if done.damaged_chunks else ""
    sys.stdout.write(f"{settings.file} {state}{damaged}: {done.slices} slices are in {done.path}\n")


@app.command(name="info")
def _info(settings: RecordingPath) -> None:
    """Tell what is in a recording."""
    sys.stdout.write(describe_recording(settings.file) + "\n")


@app.command(name="import")
def _import(settings: ImportSettings) -> None:
    """Make a recording of a folder of images, of phone images with metadata, or of a data set."""
    sys.stdout.write(f"{import_stacks(settings)} slices are in {settings.out}\n")


@app.command(name="export")
def _export(settings: ExportSettings) -> None:
    """Make images and CSV, NPZ, point clouds or a film of a recording."""
    sys.stdout.write(f"{export(settings)} made in {settings.out}\n")


def main(argv: list[str]) -> int:
    """Run the command line; returns the exit code."""
    if argv[:1] != ["record"]:
        return run_command(app, prog=_PROG)
    # Its options are those of run_pipeline.py, from a TOML file too.
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    try:
        return 130 if record(load_settings(RecordSettings, argv[1:], prog=f"{_PROG} record")) else 0
    except FocstreamError as error:
        logging.getLogger(_PROG).error("%s", error)  # noqa: TRY400 - one clear line, no traceback
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
