"""A focal stack as the one file that the simulated GenICam camera shows (docs/cameras/genicam.md).

python -m capture.simulator.gentl.write_stack FOLDER --out stack.pgm
"""

if __name__ == "__main__":  # before anything that takes time to import
    from focstream.program.signals import begin

    begin("python -m capture.simulator.gentl.write_stack")

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import cv2
import tyro

from capture.folder.source import StackFolder
from capture.folder.stack_reading import StackReading
from focstream.program.commands import Command, run_command, say
from focstream.protocols import SliceSource
from focstream.types import FocalSlice, InputError


def write_stack(stack: SliceSource, path: Path) -> int:
    """Write the images of a stack as binary PGM pictures, grey, far to near; return how many.

    The camera takes them as evenly spaced in dioptres over all of its range.

    Parameters
    ----------
    stack
        Not yet open.
    path
        File to write.

    Raises
    ------
    InputError
        When it cannot be written.
    """
    written = 0
    try:
        with stack, path.open("wb") as file:
            while (focal_slice := _next(stack)) is not None:
                image = focal_slice.image
                grey = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
                file.write(cv2.imencode(".pgm", grey)[1].tobytes())
                written += 1
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}; give another file") from error
    return written


def _next(stack: SliceSource) -> FocalSlice | None:
    try:
        return stack.read(1.0)
    except EOFError:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class StackSettings:
    """What to write.

    Attributes
    ----------
    folder
        Folder with images from far to near.
    out
        File to write; name it in the file that FOCUSSIM_FILE names: stack FILE.
    reverse
        The first image of the folder is the nearest.
    """

    folder: Annotated[Path, tyro.conf.Positional]
    out: Path
    reverse: bool = False


def _command() -> Command[StackSettings]:
    """Write the images of a folder, a focal stack, as one file for the simulated GenICam camera."""

    def write(settings: StackSettings) -> None:
        written = write_stack(
            StackFolder(settings.folder, reading=StackReading(reverse=settings.reverse)), settings.out
        )
        say(f"{settings.out}: {written} pictures")

    return Command(StackSettings, write)


if __name__ == "__main__":
    sys.exit(run_command(_command, sys.argv[1:], prog="python -m capture.simulator.gentl.write_stack"))
