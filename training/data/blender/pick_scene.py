"""Which drawn scenes are worth a picture."""

import numpy as np
from numpy.typing import NDArray

NOTHING_SHARE = 0.01
"""Most pixels without depth, as a share."""
LEAST_RATIO = 1.2
"""Least ratio of depths, the far to the near twentieth of the pixels."""
MOST_RATIO = 20.0
"""Most of it: a leaf right before the camera leaves nothing to focus on behind it."""
NEAR_SHARE = 0.65
"""Most pixels within a tenth of the nearest depth: else one thing hides the others."""

DARK_SHARE = 0.5
"""Most pixels darker than 4 of 255, as behind a shelf or within a box."""


def worth_a_picture(depth_m: NDArray[np.float32]) -> bool:
    """Whether an (H, W) depth, NaN where nothing is, spans a range and shows more than one thing."""
    if np.isnan(depth_m).mean() > NOTHING_SHARE:
        return False
    nearest, near, far = np.nanpercentile(depth_m, (0.5, 5, 95))
    hidden = float((depth_m < 1.1 * nearest).mean())
    return bool(far / near > LEAST_RATIO and far / nearest < MOST_RATIO and hidden < NEAR_SHARE)


def lit(picture: NDArray[np.uint8]) -> bool:
    """Whether enough of an (H, W, 3) picture is not black."""
    return float((picture.max(axis=-1) < 4).mean()) < DARK_SHARE


def exposed(radiance: NDArray[np.float32], *, level: float) -> NDArray[np.float32]:
    """Scale linear light so that its brightest twentieth comes to `level`; a black picture stays black."""
    bright = float(np.percentile(radiance.max(axis=-1), 95))
    return radiance * np.float32(level / bright) if bright > 0 else radiance
