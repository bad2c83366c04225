"""Decoding by OpenCV."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.uvc.quiet_opencv import quiet_opencv


def decode_with_opencv(data: bytes) -> NDArray[Any] | None:
    """Decode the bytes of an image file as they are, without a note on its rotation; None where it cannot."""
    with quiet_opencv():
        try:
            # UNCHANGED keeps 16 bits and leaves the EXIF rotation alone.
            return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        except cv2.error:  # such as an image beyond OpenCV's limit of pixels
            return None
