"""A focal stack as the one file that the simulated GenICam camera shows (docs/cameras/genicam.md).

python -m capture.simulator.gentl.write_stack FOLDER stack.pgm
"""

import logging
import sys
from pathlib import Path

import cv2
import tyro

from capture.folder.source import StackFolder
from focstream.protocols import SliceSource
from focstream.types import FocalSlice, FocstreamError, InputError

_PROG = "python -m capture.simulator.gentl.write_stack"


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


def run(
    folder: tyro.conf.Positional[Path], file: tyro.conf.Positional[Path], /, *, reverse: bool = False
) -> None:
    """Write the images of a folder, a focal stack, as one file for the simulated GenICam camera.

    Parameters
    ----------
    folder
        With images from far to near.
    file
        To write; name it in the file that FOCUSSIM_FILE names: stack FILE.
    reverse
        The first image of the folder is the nearest.
    """
    written = write_stack(StackFolder(folder, reverse=reverse), file)
    logging.getLogger(_PROG).info("%s: %d pictures", file, written)


def main() -> int:
    """Run, and return the exit code."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    try:
        tyro.cli(run, prog=_PROG)
    except FocstreamError as error:
        logging.getLogger(_PROG).error("%s", error)  # noqa: TRY400 - one clear line, no traceback
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
