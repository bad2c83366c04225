"""Pictures of data sets, read with a limit."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.uvc.quiet_opencv import quiet_opencv
from focstream.files.image_size import check_pixels
from focstream.files.limits import IMAGE_BYTES
from focstream.files.user_file import read_file
from focstream.types import InputError


def read_picture(path: Path, how: int) -> NDArray[Any]:
    """Read a picture; `how` is a flag of OpenCV, such as ``cv2.IMREAD_COLOR``.

    Raises
    ------
    InputError
        When it cannot be read, announces too many pixels, or is no picture.
    """
    data = read_file(path, most_bytes=IMAGE_BYTES)
    check_pixels(data, name=str(path))
    with quiet_opencv():
        try:
            image = cv2.imdecode(np.frombuffer(data, np.uint8), how)
        except cv2.error:  # of an empty file
            image = None
    if image is None:
        raise InputError(f"{path}: cannot be read as an image")
    return image
