"""Files of 16 bits that hold values of fewer: scaled as a live camera's are, so that white is white."""

from dataclasses import dataclass
from typing import cast

import numpy as np

from capture.folder.formats.picture import Picture
from focstream.focal_slice import Image
from focstream.types import InputError

_USUAL = (8, 10, 12, 14, 16)
_WHOLE = {np.dtype(np.uint8): 8, np.dtype(np.uint16): 16}


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """What the values of a stack mean.

    Attributes
    ----------
    bits
        The largest value that the camera can give is 2**bits - 1.
    note
        How that is known, for the log; empty where there is nothing to say.
    """

    bits: int
    note: str = ""

    def applied(self, image: Image) -> Image:
        """Scale an image of 16 bits to the whole range; up to 8 bits it becomes one of 8 bits.

        Raises
        ------
        ValueError
            When a value takes more bits.
        """
        whole = _WHOLE[image.dtype]
        if self.bits >= whole:
            return image
        if int(image.max()) >> self.bits:
            raise ValueError(f"the value {int(image.max())} takes more than {self.bits} bits")
        if self.bits <= 8:
            return cast("Image", image.astype(np.uint8) << np.uint8(8 - self.bits))
        return cast("Image", image << np.asarray(whole - self.bits, image.dtype))


class LevelsFinder:
    """Finds the significant bits of a stack while its images are read.

    Parameters
    ----------
    asked
        What the user says; None = as the files say, else as the values say.
    """

    def __init__(self, asked: int | None) -> None:
        self._asked = asked
        self._known: int | None = None
        self._brightest = 0
        self._whole = 8

    def see(self, picture: Picture) -> None:
        """Take note of one image."""
        self._whole = _WHOLE[picture.image.dtype]
        if self._whole == 16:
            self._brightest = max(self._brightest, int(picture.image.max()))
        if picture.bits is not None:
            self._known = max(self._known or 0, picture.bits)

    def levels(self, name: str) -> Levels:
        """Return what the values mean, once all images are seen; `name` of the stack is for messages.

        Raises
        ------
        InputError
            When the images hold larger values than was asked for.
        """
        if self._asked is not None:
            return self._checked(name, self._asked)
        if self._whole == 8 or (self._known is not None and not self._brightest >> self._known):
            return Levels(bits=self._known or self._whole)
        bits = next(bits for bits in _USUAL if not self._brightest >> bits)
        if bits == self._whole:
            return Levels(bits=bits)
        note = (
            f"values of 16 bits are taken for {bits}-bit ones, because the largest is {self._brightest} "
            f"(otherwise: --bits N)"
        )
        return Levels(bits=bits, note=note)

    def _checked(self, name: str, asked: int) -> Levels:
        if asked > self._whole:
            raise InputError(f"{name} holds images of {self._whole} bits: leave --bits {asked} out")
        if self._brightest >> asked or (self._whole == 8 and asked < 8):
            what = f"the value {self._brightest}" if self._whole == 16 else "images of 8 bits"
            raise InputError(f"{name} holds {what}: --bits {asked} is too few")
        return Levels(bits=asked)
