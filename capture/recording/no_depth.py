"""Which pixels of a recording have no depth, as a file inside of it."""

from pathlib import Path

import cv2
import numpy as np

from capture.recording.origin import Attachment
from focstream.files.image_size import check_pixels
from focstream.focal_slice import BoolMap
from focstream.types import InputError

NO_DEPTH_NAME = "no_depth.png"


def no_depth_attachment(no_depth: BoolMap) -> Attachment:
    """Put an (H, W) mask into an attachment: a picture, white where there is no depth."""
    _, data = cv2.imencode(".png", no_depth.astype(np.uint8) * np.uint8(255))
    return Attachment(name=NO_DEPTH_NAME, media_type="image/png", data=data.tobytes())


def parse_no_depth(data: bytes, *, path: Path) -> BoolMap:
    """Read the mask of the recording at `path`.

    Raises
    ------
    InputError
        When the attachment is no picture, or too large.
    """
    check_pixels(data, name=f"{path}: the {NO_DEPTH_NAME} in it")
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    except cv2.error:  # of an empty one
        picture = None
    if picture is None:
        raise InputError(f"{path}: the {NO_DEPTH_NAME} in it is no picture; record it again")
    return np.asarray(picture) > 0
