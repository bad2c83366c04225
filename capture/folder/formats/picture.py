"""One image of a stack as its file holds it, before the whole stack is known."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from focstream.focal_slice import BoolMap, Image


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Picture:
    """The pixels of one image, and what its file says of them.

    Attributes
    ----------
    image
        (H, W) or (H, W, 3) blue-green-red, uint8 or uint16.
    transparent
        (H, W), True where alpha is 0; None where it is 0 nowhere.
    bits
        How many bits of a value are used, where the file says so: the largest value is 2**bits - 1.
    note
        What was assumed to make a picture of the file, for the log; the same for all images of a stack.
    """

    image: Image
    transparent: BoolMap | None = None
    bits: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One image of a stack, wherever it is.

    Attributes
    ----------
    name
        For messages: the path of the file, and the page where there are several.
    read
        Reads it; raises InputError when it cannot.
    """

    name: str
    read: Callable[[], Picture]


def picture_of(pixels: NDArray[Any], *, bits: int | None = None) -> Picture:
    """Split off the alpha of (H, W), (H, W, 1), (H, W, 3) or, with alpha, (H, W, 2) or (H, W, 4) pixels.

    Colour is blue-green-red.
    """
    if pixels.ndim == 2:
        return Picture(image=_whole(pixels), bits=bits)
    channels = pixels.shape[2]
    image = pixels[..., 0] if channels < 3 else pixels[..., :3]
    transparent = pixels[..., -1] == 0 if channels in (2, 4) else None
    if transparent is not None and not transparent.any():
        transparent = None
    return Picture(image=_whole(image), transparent=transparent, bits=bits)


def _whole(pixels: NDArray[Any]) -> Image:
    return cast("Image", np.ascontiguousarray(pixels))
