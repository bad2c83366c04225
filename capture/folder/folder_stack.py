"""A folder of images as a focal stack."""

from collections.abc import Sequence
from pathlib import Path

from capture.folder.exif_focus import read_exif_focus
from capture.folder.focus import StackFocus, metric_focus, ordered_focus
from capture.folder.focus_list import DIOPTRES_NAME, METRES_NAME, FocusList, read_focus_list
from capture.folder.found_stack import FoundStack
from capture.folder.images import pages_of
from capture.folder.listing import find_images
from capture.folder.name_focus import could_be_metres, read_name_focus
from capture.folder.stack_reading import StackReading
from focstream.types import InputError


def find_folder_stack(folder: Path, reading: StackReading) -> FoundStack:
    """Find images and focus of a stack in `folder`.

    Raises
    ------
    InputError
        When there is no stack, its focus cannot be read, or `reading` does not fit it.
    """
    if reading.channel is not None or reading.time is not None:
        raise InputError(f"{folder} is a folder: --channel and --time are for one file that holds several")
    found = find_images(folder)
    names = [path.name for path in found.paths]
    focus_list = _focus_list(folder, found.paths, reading)
    if focus_list is None:
        focus, origin = ordered_focus(len(names), reverse=reading.reverse), _not_metric(names, reading)
    else:
        focus, origin = _metric(folder, focus_list, reading)
    return FoundStack(
        pages=pages_of(found.paths),
        labels=(names[0], names[-1]),
        focus=focus,
        origin=origin,
        doubts=found.doubts,
    )


def _focus_list(folder: Path, paths: Sequence[Path], reading: StackReading) -> FocusList | None:
    """Where the images were focused: by a list, else by EXIF, else by names that say metres."""
    names, asked = [path.name for path in paths], reading.focus_from
    if asked == "name":
        return read_name_focus(folder, names, unit_needed=False)
    focus_list = None
    if asked in (None, "list"):
        focus_list = read_focus_list(folder, image_names=names)
    if focus_list is None and asked in (None, "exif"):
        focus_list = read_exif_focus(paths)
    if focus_list is None and asked is not None:
        what = f"no {METRES_NAME} or {DIOPTRES_NAME}" if asked == "list" else (
            "no SubjectDistance in the EXIF of every image, or one that does not change"
        )  # fmt: skip
        raise InputError(f"{folder} has {what}: leave --focus-from {asked} out")
    return focus_list or read_name_focus(folder, names, unit_needed=True)


def _metric(folder: Path, focus_list: FocusList, reading: StackReading) -> tuple[StackFocus, str]:
    if reading.reverse:
        raise InputError(
            f"{folder}: {focus_list.origin} already says which end is near; leave --reverse out, or remove it"
        )
    return metric_focus(focus_list), f"focus by {focus_list.origin}, approximate"


def _not_metric(names: Sequence[str], reading: StackReading) -> str:
    end, other = ("nearest", "without") if reading.reverse else ("farthest", "with")
    hint = ""
    if could_be_metres(names):
        hint = "; if the numbers at the end of the names are metres: --focus-from name"
    return (
        f"the result is not metric, because there is no {METRES_NAME} or {DIOPTRES_NAME}; {names[0]} counts "
        f"as the {end} image (the other way round: {other} --reverse){hint}"
    )
