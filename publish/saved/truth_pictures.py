"""The truth, and how far a map is from it, as pictures."""

import cv2
import numpy as np
from numpy.typing import NDArray

from focstream.depth_update import FloatMap
from focstream.types import DepthUpdate
from publish.colour import NO_DEPTH_BGR, colours_of, framed
from publish.scale_labels import Label, labels_of

LARGEST_ERROR = 0.1
"""Error, as a share of the sweep range, at the end of the scale."""
_ERROR_LABELS = [Label(coordinate=k / 4, text=f"{LARGEST_ERROR * k / 4:.3f}") for k in (0, 4, 2, 1, 3)]


def truth_picture(update: DepthUpdate, truth_coordinate: FloatMap) -> NDArray[np.uint8]:
    """(H', W', 3) uint8 blue-green-red of the true sweep coordinate, coloured as the map is."""
    return framed(
        colours_of(truth_coordinate),
        ramp_colours=colours_of,
        labels=labels_of(update.scale),
        caption=f"sweep {update.tag.sweep_id}: the truth",
    )


def error_picture(update: DepthUpdate, truth_coordinate: FloatMap) -> NDArray[np.uint8]:
    """(H', W', 3) uint8 blue-green-red of |map − truth| in shares of the sweep range; black is none."""
    error = np.abs(update.coordinate - truth_coordinate) / np.float32(LARGEST_ERROR)
    return framed(
        _error_colours(error),
        ramp_colours=_error_colours,
        labels=_ERROR_LABELS,
        caption=f"sweep {update.tag.sweep_id}: error, in shares of the sweep range",
    )


def _error_colours(error: FloatMap) -> NDArray[np.uint8]:
    none = np.isnan(error)
    levels = (np.clip(np.where(none, 0.0, error), 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)
    picture = np.asarray(cv2.applyColorMap(levels, cv2.COLORMAP_INFERNO), np.uint8)
    picture[none] = NO_DEPTH_BGR
    return picture
