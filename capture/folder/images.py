"""The images of a stack: checked against each other, and kept in memory as far as they fit."""

import functools
from collections.abc import Sequence
from pathlib import Path

from capture.folder.formats.image_file import read_picture
from capture.folder.formats.picture import Page, Picture
from capture.folder.significant_bits import LevelsFinder
from focstream.focal_slice import BoolMap, Image
from focstream.types import InputError

CACHE_BYTES = 512 * 2**20


class StackImages:
    """Every image once read and checked; the first ones stay in memory, the others are read again.

    Parameters
    ----------
    pages
        Two or more images.
    name
        Of the stack, for messages.
    cache_bytes
        How much memory the images kept may take.
    bits
        How many bits of a value are used; None = as the files say, else as the values say.

    Raises
    ------
    InputError
        When an image cannot be read, or is not of the size and type of the first one.
    """

    def __init__(
        self, pages: Sequence[Page], *, name: str, cache_bytes: int = CACHE_BYTES, bits: int | None = None
    ) -> None:
        self._pages = pages
        self._transparent: BoolMap | None = None
        self._kept: dict[int, Image] = {}
        self._first = ""
        self.note = ""
        finder, free_bytes = LevelsFinder(bits), cache_bytes
        for slot in range(len(pages)):
            picture = self._checked(slot)
            finder.see(picture)
            self._see_through(picture)
            self.note = picture.note
            if slot == 0 or picture.image.nbytes <= free_bytes:
                self._kept[slot] = picture.image
                free_bytes -= picture.image.nbytes
        self.levels = finder.levels(name)
        for slot, image in self._kept.items():
            self._kept[slot] = self.levels.applied(image)

    def __len__(self) -> int:
        return len(self._pages)

    @property
    def transparent(self) -> BoolMap | None:
        """(H, W), True where any image is transparent; None where none is."""
        return self._transparent

    def image(self, slot: int) -> Image:
        """Image number `slot`, (H, W) or (H, W, 3); the same array every time while it is kept.

        Raises
        ------
        InputError
            When a file that was not kept has changed or gone since it was checked.
        """
        kept = self._kept.get(slot)
        if kept is not None:
            return kept
        try:
            return self.levels.applied(self._checked(slot).image)
        except ValueError as error:
            raise InputError(f"{self._pages[slot].name} has changed: {error}; play it again") from None

    def _checked(self, slot: int) -> Picture:
        picture = self._pages[slot].read()
        kind = _described(picture.image)
        self._first = self._first or kind
        if kind != self._first:
            raise InputError(
                f"{self._pages[slot].name} is {kind}, but {Path(self._pages[0].name).name} is {self._first}; "
                f"give all images of the stack the same size and type"
            )
        return picture

    def _see_through(self, picture: Picture) -> None:
        if picture.transparent is None:
            return
        if self._transparent is None:
            self._transparent = picture.transparent
        else:
            self._transparent |= picture.transparent


def pages_of(paths: Sequence[Path]) -> tuple[Page, ...]:
    """Return image files as pages."""
    return tuple(Page(name=str(path), read=functools.partial(read_picture, path)) for path in paths)


def _described(image: Image) -> str:
    height, width = image.shape[:2]
    return f"{width}×{height} {'colour' if image.ndim == 3 else 'grey'} {image.dtype.itemsize * 8} bit"
