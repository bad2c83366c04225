"""The depth map as a picture with a labelled scale."""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from focstream.depth_update import FloatMap
from focstream.types import DepthUpdate
from publish.scale_labels import Label, labels_of

NO_DEPTH_BGR = (48, 48, 48)
_PAPER_BGR = (24, 24, 24)
_INK_BGR = (235, 235, 235)
_MIN_HEIGHT_PX = 240
_MARGIN_PX, _BAR_PX, _TEXT_PX, _CAPTION_PX = 10, 16, 78, 22
_LABEL_GAP_PX = 17
_FONT, _FONT_SCALE = cv2.FONT_HERSHEY_SIMPLEX, 0.42


def colours_of(coordinate: FloatMap) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 blue-green-red of an (H, W) sweep coordinate; blue is far, red near, grey is no depth.

    The same coordinate always has the same colour, so pictures of one sweep range can be compared. Linear
    in the sweep coordinate, hence in dioptres or in height: that is where the depth resolution is even.
    """
    none = np.isnan(coordinate)
    grey_levels = (np.clip(np.where(none, 0.0, coordinate), 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)
    picture = np.asarray(cv2.applyColorMap(grey_levels, cv2.COLORMAP_TURBO), dtype=np.uint8)
    picture[none] = NO_DEPTH_BGR
    return picture


def depth_picture(update: DepthUpdate) -> NDArray[np.uint8]:
    """(H', W', 3) uint8 blue-green-red: the map, a scale with labels beside it and a caption below."""
    labels = labels_of(update.scale)
    return framed(
        colours_of(update.coordinate), ramp_colours=colours_of, labels=labels, caption=_caption(update)
    )


def framed(
    picture: NDArray[np.uint8],
    *,
    ramp_colours: Callable[[FloatMap], NDArray[np.uint8]],
    labels: list[Label],
    caption: str,
) -> NDArray[np.uint8]:
    """Put a scale of 0 … 1 in `ramp_colours`, with labels, beside a picture, and a caption below it.

    Small pictures are enlarged by a whole factor, so that the labels have room.
    """
    factor = -(-_MIN_HEIGHT_PX // picture.shape[0])
    picture = picture.repeat(factor, axis=0).repeat(factor, axis=1)
    height, width = picture.shape[:2]
    canvas = np.full(
        (height + _CAPTION_PX, width + _MARGIN_PX + _BAR_PX + _TEXT_PX, 3), _PAPER_BGR, dtype=np.uint8
    )
    canvas[:height, :width] = picture
    top, bottom = _MARGIN_PX, height - _MARGIN_PX  # far is on top, as in most pictures
    ramp = np.linspace(0.0, 1.0, bottom - top, dtype=np.float32)[:, np.newaxis]
    right = width + _MARGIN_PX + _BAR_PX
    canvas[top:bottom, right - _BAR_PX : right] = ramp_colours(ramp)
    _draw_labels(canvas, labels, right_px=right, rows=(top, bottom))
    _write(canvas, caption, left_px=6, baseline_px=height + 15)
    return canvas


def _draw_labels(
    canvas: NDArray[np.uint8], labels: list[Label], *, right_px: int, rows: tuple[int, int]
) -> None:
    (top, bottom), right = rows, right_px
    for label in _spread(labels, length_px=bottom - top):
        y = top + round(label.coordinate * (bottom - top - 1))
        cv2.line(canvas, (right, y), (right + 3, y), _INK_BGR)
        _write(canvas, label.text, left_px=right + 7, baseline_px=y + 5)


def _spread(labels: list[Label], *, length_px: int) -> list[Label]:
    """Drop the labels that would overlap an earlier, more important one."""
    kept: list[Label] = []
    for label in labels:
        if all(abs(label.coordinate - other.coordinate) * length_px >= _LABEL_GAP_PX for other in kept):
            kept.append(label)
    return kept


def _caption(update: DepthUpdate) -> str:
    sweep = f"sweep {update.tag.sweep_id}, {update.slices_seen} slices"
    if update.scale is None:
        return f"{sweep}: sweep coordinate, no metres"
    return f"{sweep}: {'metres' if update.unit == 'm' else 'height in um'}, {update.calibrated}"


def _write(canvas: NDArray[np.uint8], text: str, *, left_px: int, baseline_px: int) -> None:
    cv2.putText(canvas, text, (left_px, baseline_px), _FONT, _FONT_SCALE, _INK_BGR, 1, cv2.LINE_AA)
