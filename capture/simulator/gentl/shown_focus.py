"""The focus that a picture of the simulated camera shows, whatever its tag says."""

import numpy as np

from focstream.focal_slice import Image

NEAR_DPT = 10.0
SENSOR_WIDTH_PX = 640
_AROUND_PX = 60


def shown_dpt(image: Image, *, left_px: int = 0) -> float:
    """Return where in the slanted plane the contrast is highest, in dioptres.

    The contrast over the columns is a Gaussian 80 steps (51 columns) wide: a parabola in its logarithm, whose
    peak is known to a column, but not at the image's edges, where half of it is missing.

    Parameters
    ----------
    image
        (H, W), or (H, W, 3) of which the green counts.
    left_px
        Column of the sensor at which it begins.
    """
    grey = image.astype(np.float64)
    grey = grey if grey.ndim == 2 else grey[..., 1]
    energy = np.convolve(grey.var(axis=0), np.ones(9) / 9, mode="same")
    peak = int(np.argmax(energy))
    near = np.abs(np.arange(energy.size) - peak) <= _AROUND_PX
    curve = np.polyfit(np.flatnonzero(near), np.log(np.maximum(energy[near], 1e-9)), 2)
    column = -curve[1] / (2 * curve[0])
    return float(NEAR_DPT * (1 - (column + left_px) / (SENSOR_WIDTH_PX - 1)))
