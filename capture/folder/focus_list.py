"""Where the images of a folder were focused, by a file in the folder."""

import csv
import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from capture.folder.formats.image_file import is_image_name
from focstream.files.text_file import read_text
from focstream.focus_scale import MOST_DPT
from focstream.types import InputError

METRES_NAME = "focus_distance.txt"
DIOPTRES_NAME = "focus.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class FocusList:
    """The focus of every image, in the order of the images.

    Attributes
    ----------
    focus_dpt
        Object-side vergence 1/z in dioptres, 0 = infinity; not all equal.
    origin
        What says so: the name of a file, or words.
    """

    focus_dpt: tuple[float, ...]
    origin: str


def read_focus_list(folder: Path, *, image_names: Sequence[str]) -> FocusList | None:
    """Read ``focus_distance.txt`` or ``focus.csv`` in `folder`; None when there is neither.

    Parameters
    ----------
    folder
        Holds the images and the list.
    image_names
        File names of the images, in the order in which they were taken.

    Raises
    ------
    InputError
        When the list does not give one usable focus for every image, when all are equal, or when there are
        two lists. Names the file, and the line where there is one.
    """
    metres, dioptres = folder / METRES_NAME, folder / DIOPTRES_NAME
    if metres.exists() and dioptres.exists():
        raise InputError(f"{folder} holds both {METRES_NAME} and {DIOPTRES_NAME}; remove one of them")
    if metres.exists():
        return _usable(metres, parse_metres(_lines(metres), path=metres, count=len(image_names)))
    if dioptres.exists():
        return _usable(dioptres, parse_dioptres(_lines(dioptres), path=dioptres, image_names=image_names))
    return None


def parse_metres(lines: Sequence[str], *, path: Path, count: int) -> tuple[float, ...]:
    """Dioptres from lines that hold one distance in metres each; ``inf`` is allowed and gives 0 dpt.

    Raises
    ------
    InputError
        Unless there are `count` positive numbers. Empty lines are forgiven at the end only.
    """
    kept = list(lines)
    while kept and not kept[-1].strip():
        kept.pop()
    values = tuple(_metres_to_dpt(text, path=path, line=line) for line, text in enumerate(kept, start=1))
    if len(values) != count:
        raise InputError(
            f"{path} has {len(values)} distances for {count} images; give one line for each image"
        )
    return values


def parse_dioptres(lines: Sequence[str], *, path: Path, image_names: Sequence[str]) -> tuple[float, ...]:
    """Dioptres from lines ``file name, dioptres`` in any order; the first line may be a header.

    Raises
    ------
    InputError
        Unless every image has exactly one finite focus that is zero (infinity) or more.
    """
    wanted = set(image_names)
    found: dict[str, float] = {}
    for line, row in _rows(lines, path=path):
        if len(row) != 2:
            raise _at(path, line, f"has {len(row)} columns; write the file name, a comma and the dioptres")
        name = row[0].strip()
        if line == 1 and not is_image_name(name) and _number(row[1]) is None:
            continue  # the header
        if name not in wanted:
            raise _at(
                path, line, f"{name!r} is not an image in this folder; correct the name or remove the line"
            )
        if name in found:
            raise _at(path, line, f"{name!r} is given twice; remove one of the lines")
        found[name] = _dioptres(row[1], path=path, line=line)
    missing = [name for name in image_names if name not in found]
    if missing:
        raise InputError(f"{path} gives no focus for {missing[0]!r} ({len(missing)} missing in all); add it")
    return tuple(found[name] for name in image_names)


def _rows(lines: Iterable[str], *, path: Path) -> Iterable[tuple[int, list[str]]]:
    reader = csv.reader(lines, skipinitialspace=True)
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield reader.line_num, row
    except csv.Error as error:
        raise _at(
            path, reader.line_num, f"is not CSV ({error}); write the file name, a comma, the dioptres"
        ) from error


def metres_to_dpt(text: str) -> float | None:
    """Dioptres of a distance in metres, ``inf`` included; None when the text is no positive distance."""
    distance_m = _number(text)
    # NaN fails every comparison.
    if distance_m is None or not distance_m > 0.0 or 1.0 / distance_m > MOST_DPT:
        return None
    return 1.0 / distance_m


def _metres_to_dpt(text: str, *, path: Path, line: int) -> float:
    focus_dpt = metres_to_dpt(text)
    if focus_dpt is None:
        raise _at(path, line, f"{_shown(text)} is no positive distance; write metres, such as 0.35, or inf")
    return focus_dpt


def _dioptres(text: str, *, path: Path, line: int) -> float:
    focus_dpt = _number(text)
    if focus_dpt is None or not 0.0 <= focus_dpt <= MOST_DPT:
        raise _at(path, line, f"{_shown(text)} is no vergence; write dioptres, such as 2.85, or 0 (infinity)")
    return focus_dpt


def _shown(text: str) -> str:
    return repr(text.strip()[:40])


def _number(text: str) -> float | None:
    try:
        return None if "_" in text else float(text)  # Python alone would take 1_000
    except ValueError:
        return None


def _lines(path: Path) -> list[str]:
    return re.split(r"\r\n|\r|\n", read_text(path))


def _usable(path: Path, focus_dpt: tuple[float, ...]) -> FocusList:
    if all(one == other for one, other in itertools.pairwise(focus_dpt)):
        raise InputError(f"{path} gives the same focus for all images; depth needs images of different focus")
    return FocusList(focus_dpt=focus_dpt, origin=path.name)


def _at(path: Path, line: int, what: str) -> InputError:
    return InputError(f"{path}, line {line}: {what}")
