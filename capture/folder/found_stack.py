"""A focal stack that was found on disk, before its pixels are read."""

from dataclasses import dataclass

from capture.folder.focus import StackFocus
from capture.folder.formats.picture import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundStack:
    """The images of a stack, in the order in which they were taken, and where they were focused.

    Attributes
    ----------
    pages
        Two or more.
    labels
        Short names of the first and the last one.
    focus
        Of every page.
    origin
        Where the focus comes from, and what that makes of the result, for the log.
    doubts
        What the files leave open and what was assumed, a line each.
    """

    pages: tuple[Page, ...]
    labels: tuple[str, str]
    focus: StackFocus
    origin: str
    doubts: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """One line for the log."""
        first, last = self.labels
        return f"{len(self.pages)} images, {first} … {last}; {self.origin}"
