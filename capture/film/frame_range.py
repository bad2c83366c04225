"""Which frames of a film are the sweep."""

import re
from dataclasses import dataclass
from pathlib import Path

from focstream.types import InputError

SUFFIXES = (".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm")

_RANGE = re.compile(r"(\d{0,18}):(\d{0,18})", re.ASCII)


def is_film(path: Path) -> bool:
    """Whether this is taken for a film: by its suffix, and no folder."""
    return path.suffix.lower() in SUFFIXES and not path.is_dir()


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameRange:
    """Frames from `first` until before `end`, counted from 0; until the last one where `end` is None."""

    first: int = 0
    end: int | None = None

    def __contains__(self, number: int) -> bool:
        return number >= self.first and not self.is_over(number)

    def is_over(self, number: int) -> bool:
        """Whether neither this frame nor a later one belongs to the sweep."""
        return self.end is not None and number >= self.end

    def __str__(self) -> str:
        return f"{self.first}:{'' if self.end is None else self.end}"


def parse_frame_range(text: str | None) -> FrameRange:
    """Parse ``A:B``, ``A:`` or ``:B``; None means all frames.

    Raises
    ------
    InputError
        When it is something else, or holds fewer than two frames.
    """
    if text is None:
        return FrameRange()
    found = _RANGE.fullmatch(text)
    if found is None:
        raise InputError(
            f"--frames {text}: give FIRST:END, such as 30:90 for the frames 30 to 89; counted from 0"
        )
    first, end = int(found[1] or 0), int(found[2]) if found[2] else None
    if end is not None and end < first + 2:
        raise InputError(f"--frames {text} holds fewer than two frames; a focal stack needs two or more")
    return FrameRange(first=first, end=end)
