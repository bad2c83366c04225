"""Sizes of images as users write them."""

from focstream.types import InputError
from inference.network.config import PATCH_PX

MOST_PX = 16_384
"""Longest side of an image that an engine computes."""
_LONGEST = 20


def parse_size(text: str) -> tuple[int, int]:
    """Read WIDTHxHEIGHT, such as 640x480; return height and width, as arrays have them.

    Raises
    ------
    InputError
        When it is not that, or not in whole patches.
    """
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise InputError(f"--size {text}: expected width and height in pixels, such as 640x480")
    size_px = int(height[:_LONGEST]), int(width[:_LONGEST])
    if len(text) > _LONGEST or max(size_px) > MOST_PX:
        raise InputError(f"--size {text[:_LONGEST]}: width and height are {MOST_PX} px at most")
    if min(size_px) < PATCH_PX or any(side % PATCH_PX for side in size_px):
        raise InputError(f"--size {text}: width and height must be multiples of {PATCH_PX}")
    return size_px
