"""Sizes of images as users write them."""

from focstream.files.whole_number import whole_number
from focstream.types import InputError
from inference.network.config import PATCH_PX

MOST_PX = 16_384
"""Longest side of an image that an engine computes."""


def parse_size(text: str) -> tuple[int, int]:
    """Read WIDTHxHEIGHT, such as 640x480; return height and width, as arrays have them.

    Raises
    ------
    InputError
        When it is not that, or not in whole patches.
    """
    width, height = map(whole_number, text.partition("x")[::2])
    if width is None or height is None:
        raise InputError(f"--size {text}: expected width and height in pixels, such as 640x480")
    size_px = height, width
    if max(size_px) > MOST_PX:
        raise InputError(f"--size {text}: width and height are {MOST_PX} px at most")
    if min(size_px) < PATCH_PX or any(side % PATCH_PX for side in size_px):
        raise InputError(f"--size {text}: width and height must be multiples of {PATCH_PX}")
    return size_px
