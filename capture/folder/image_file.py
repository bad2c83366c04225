"""Strict reading of one image file."""

from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.folder.truncation import file_fault
from capture.uvc.quiet_opencv import quiet_opencv
from focstream.focal_slice import Image
from focstream.types import InputError

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff")


def is_image_name(name: str) -> bool:
    """Whether a file of this name is taken for an image: by its suffix, and not hidden."""
    return not name.startswith(".") and name.lower().endswith(IMAGE_SUFFIXES)


def read_image(path: Path) -> Image:
    """Read a PNG, JPEG or TIFF file whole, or not at all.

    Alpha is dropped, palettes and single bits are expanded, and of several pages the first counts. A
    rotation noted in EXIF is not applied: pixels stay as the sensor delivered them, because a phone that is
    tilted in mid-sweep changes the note, but not the pixels.

    Parameters
    ----------
    path
        The file; its contents count, not its suffix.

    Returns
    -------
    Image
        (H, W) or (H, W, 3) blue-green-red, uint8 or uint16.

    Raises
    ------
    InputError
        When the file cannot be read, is cut short or damaged, or does not hold 8 or 16 bits a channel.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror}); check the file and its permissions"
        ) from error
    fault = file_fault(data)
    if fault is not None:
        raise InputError(f"{path} {fault}; copy it from the camera again, or remove it")
    image = _decode(data)
    if image is None:
        raise InputError(
            f"{path} cannot be decoded; copy it from the camera again, or save it as a plain PNG"
        )
    if image.dtype not in (np.uint8, np.uint16):
        raise InputError(
            f"{path} holds {image.dtype} pixels; convert it to 8 or 16 bits a channel, without sign"
        )
    return _without_alpha(image)


def _decode(data: bytes) -> NDArray[Any] | None:
    with quiet_opencv():
        try:
            # UNCHANGED keeps 16 bits and leaves the EXIF rotation alone.
            return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        except cv2.error:  # such as an image beyond OpenCV's limit of pixels
            return None


def _without_alpha(image: NDArray[Any]) -> Image:
    if image.ndim == 3 and image.shape[2] in (1, 2):  # grey, grey with alpha
        image = image[..., 0]
    elif image.ndim == 3 and image.shape[2] == 4:
        image = image[..., :3]
    return cast("Image", np.ascontiguousarray(image))
