"""Whether a target kept still while it was measured."""

import cv2
import numpy as np

from calibration.apply.alignment.register import grey, register
from calibration.measure.fits.errors import BadCalibrationDataError
from focstream.focal_slice import Image

_MOST_MOTION_PX = 1.5
_LEAST_CORRELATION = 0.8
_LONGEST_PX = 480
_LEAST_CONTRAST = 0.04  # root mean square over the mean, of what is coarser than noise


def check_still(before: Image, after: Image, *, what: str) -> None:
    """Refuse a target that moved between two pictures taken with the same command.

    Of a picture without texture nothing can be said: that it has none is judged elsewhere.

    Raises
    ------
    BadCalibrationDataError
        When a corner moved by more than a pixel or so, or the pictures do not show the same.
    """
    first, second = grey(before, longest_px=_LONGEST_PX), grey(after, longest_px=_LONGEST_PX)
    coarse = np.asarray(cv2.GaussianBlur(first, (0, 0), 2.0), np.float32)
    if float(coarse.std()) < _LEAST_CONTRAST * max(float(coarse.mean()), 1e-6):
        return
    found = register(second, first)
    if found is None or found.correlation < _LEAST_CORRELATION:
        raise BadCalibrationDataError(
            f"{what}: the picture at the end shows something else than at the beginning: "
            "fix target and camera, and measure again"
        )
    shrunk = first.shape[1] / before.shape[1]
    moved_px = found.transform.largest_motion_px((first.shape[1], first.shape[0])) / shrunk
    if moved_px > _MOST_MOTION_PX:
        raise BadCalibrationDataError(
            f"{what}: target or camera moved by {moved_px:.1f} px meanwhile: fix both, and measure again"
        )
