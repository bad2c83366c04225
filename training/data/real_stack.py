"""Focal stacks from folders of images, read as the pipeline reads them."""

from dataclasses import dataclass
from pathlib import Path
from typing import cast

import cv2

from capture.folder.source import StackFolder
from capture.folder.stack_reading import StackReading
from focstream.focal_slice import FocalSlice, Image


@dataclass(frozen=True, slots=True, kw_only=True)
class RealStack:
    """A stack without truth.

    Attributes
    ----------
    name
        Of its folder.
    images
        (H, W) or (H, W, 3) in order of arrival, all of one shape.
    coordinates
        Sweep coordinate of every image.
    """

    name: str
    images: tuple[Image, ...]
    coordinates: tuple[float, ...]


def read_real_stack(folder: Path, *, reverse: bool, longest_px: int | None = None) -> RealStack:
    """Read a folder of images; `reverse` and errors are those of `StackFolder`.

    Parameters
    ----------
    folder
        With two images or more.
    reverse
        Whether the first image is the nearest.
    longest_px
        Reduce images whose longer side is more than this; None leaves them.
    """
    slices: list[FocalSlice] = []
    with StackFolder(folder, reading=StackReading(reverse=reverse)) as source:
        while len(slices) < len(source):
            one = source.read(timeout_s=1.0)
            slices += [] if one is None else [one]
    return RealStack(
        name=folder.name,
        images=tuple(_reduced(one.image, longest_px) for one in slices),
        coordinates=tuple(one.tag.sweep_coordinate for one in slices),
    )


def _reduced(image: Image, longest_px: int | None) -> Image:
    height, width = image.shape[:2]
    if longest_px is None or max(height, width) <= longest_px:
        return image
    scale = longest_px / max(height, width)
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    return cast("Image", cv2.resize(image, size, interpolation=cv2.INTER_AREA))
