"""Where images were focused, by the metres at the end of their names."""

import itertools
import re
from collections.abc import Sequence
from pathlib import Path

from capture.folder.focus_list import FocusList, metres_to_dpt
from capture.folder.natural_order import stem_of
from focstream.types import InputError

_METRES = re.compile(r"_([0-9]+(?:[.,][0-9]+)?|inf)(m?)$", re.IGNORECASE)


def read_name_focus(folder: Path, names: Sequence[str], *, unit_needed: bool) -> FocusList | None:
    """Read names such as ``img_0.35m.png``; with `unit_needed`, None where one says no ``m``.

    Raises
    ------
    InputError
        When a name without a distance is not allowed, a distance is not positive, or all are equal.
    """
    found = [_METRES.search(stem_of(name)) for name in names]
    if unit_needed and not all(match and (match[2] or match[1].lower() == "inf") for match in found):
        return None
    if unit_needed and not any(match and match[2] for match in found):
        return None
    focus_dpt = tuple(_dioptres(folder, name, match) for name, match in zip(names, found, strict=True))
    if all(one == other for one, other in itertools.pairwise(focus_dpt)):
        raise InputError(f"{folder}: the names of all images give the same distance; depth needs several")
    return FocusList(focus_dpt=focus_dpt, origin="the metres in the file names")


def could_be_metres(names: Sequence[str]) -> bool:
    """Whether all names end in ``_`` and a number, and some number has decimals: metres, perhaps."""
    found = [_METRES.search(stem_of(name)) for name in names]
    return all(found) and any(match and re.search("[.,]", match[1]) for match in found)


def _dioptres(folder: Path, name: str, match: re.Match[str] | None) -> float:
    focus_dpt = None if match is None else metres_to_dpt(match[1].replace(",", "."))
    if focus_dpt is None:
        raise InputError(
            f"{folder / name}: the name does not end in a distance, such as img_0.35.png: "
            f"rename it, or leave --focus-from name out"
        )
    return focus_dpt
