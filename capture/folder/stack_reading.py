"""How the files of a focal stack are to be read."""

from dataclasses import dataclass
from typing import Literal

FocusFrom = Literal["list", "exif", "name"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StackReading:
    """What a user says of a stack that its files do not say, or say ambiguously.

    Attributes
    ----------
    reverse
        Where no distances are known: the first image is the nearest instead of the farthest.
    bits
        How many bits of a value are used, in files of 16; None = as the files say, else as the values say.
    focus_from
        What gives the distances: a focus list, the SubjectDistance in EXIF, or file names that end in
        ``_<metres>``. None takes the first of these that is there, names only where they say ``m``.
    channel, time
        Which ones of a file that holds several; a channel by its name or its number, from 0.
    """

    reverse: bool = False
    bits: int | None = None
    focus_from: FocusFrom | None = None
    channel: str | None = None
    time: int | None = None
