"""Pictures beside each other, each with a caption."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from focstream.depth_update import FloatMap
from publish.colour import NO_DEPTH_BGR

PAPER_BGR = (24, 24, 24)
INK_BGR = (235, 235, 235)
CAPTION_PX = 18
GAP_PX = 4

Picture = NDArray[np.uint8]


def panel(picture: Picture, caption: str, *, height_px: int) -> Picture:
    """Return an (H, W, 3) picture scaled to a height, under a caption (ASCII)."""
    width_px = max(round(picture.shape[1] * height_px / picture.shape[0]), 1)
    how = cv2.INTER_AREA if height_px < picture.shape[0] else cv2.INTER_NEAREST
    canvas = np.full((height_px + CAPTION_PX, width_px, 3), PAPER_BGR, np.uint8)
    canvas[CAPTION_PX:] = cv2.resize(picture, (width_px, height_px), interpolation=how)
    cv2.putText(canvas, caption, (2, 13), cv2.FONT_HERSHEY_SIMPLEX, 0.4, INK_BGR, 1, cv2.LINE_AA)
    return canvas


def grid(rows: Sequence[Sequence[Picture]]) -> Picture:
    """Put rows of pictures under each other; what is left over stays dark."""
    height = sum(max(p.shape[0] for p in row) + GAP_PX for row in rows) - GAP_PX
    width = max(sum(p.shape[1] + GAP_PX for p in row) - GAP_PX for row in rows)
    canvas = np.full((height, width, 3), PAPER_BGR, np.uint8)
    top = 0
    for row in rows:
        left = 0
        for picture in row:
            canvas[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
            left += picture.shape[1] + GAP_PX
        top += max(p.shape[0] for p in row) + GAP_PX
    return canvas


def heat(values: FloatMap, *, highest: float) -> Picture:
    """(H, W) → (H, W, 3): black at 0, yellow at `highest` and above, grey where NaN."""
    none = np.isnan(values)
    levels = np.clip(np.where(none, 0.0, values) / highest, 0.0, 1.0)
    picture = np.asarray(
        cv2.applyColorMap((levels * 255.0 + 0.5).astype(np.uint8), cv2.COLORMAP_INFERNO), np.uint8
    )
    picture[none] = NO_DEPTH_BGR
    return picture
