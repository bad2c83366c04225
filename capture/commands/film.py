"""Depth maps of a recording as a film."""

from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.recording.recorded_maps import RecordedMap
from focstream.types import InputError

_NO_DEPTH_BGR = (48, 48, 48)


def write_film(path: Path, maps: Iterable[RecordedMap], *, rate_hz: float, named: Path | None = None) -> int:
    """Write an MP4 of the depth in colours; returns how many frames it has.

    Blue is far, red near, grey no depth; linear in dioptres over the limits of the sweep, so that a colour
    means the same depth in every frame.

    Parameters
    ----------
    path
        New file.
    maps
        Of the recording.
    rate_hz
        Frames a second.
    named
        How messages call it, where it gets to its place later. Default: by its path.

    Raises
    ------
    InputError
        When the film cannot be written.
    """
    named = named or path
    film: cv2.VideoWriter | None = None
    count = 0
    try:
        for depth_map in maps:
            frame = _colours(depth_map)
            if film is None:
                size = (frame.shape[1], frame.shape[0])
                film = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), rate_hz, size)
                if not film.isOpened():
                    raise InputError(
                        f"cannot write {named}: no film of {size[0]} × {size[1]} px can be made there"
                    )
            film.write(frame)
            count += 1
    finally:
        if film is not None:
            film.release()
    if count and not _is_whole(path, count):
        path.unlink(missing_ok=True)  # OpenCV does not say when a disk is full
        raise InputError(
            f"cannot write {named}: the film is not whole; make room there, or give another --out"
        )
    return count


def _is_whole(path: Path, count: int) -> bool:
    """Whether a film ends as it should: its list of frames comes last."""
    film = cv2.VideoCapture(str(path))
    try:
        return film.isOpened() and int(film.get(cv2.CAP_PROP_FRAME_COUNT)) == count
    finally:
        film.release()


def _colours(depth_map: RecordedMap) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 blue-green-red, of even height and width: films have no others."""
    depth = depth_map.depth[: depth_map.depth.shape[0] // 2 * 2, : depth_map.depth.shape[1] // 2 * 2]
    near, far = depth_map.near_limit, depth_map.far_limit
    if depth_map.unit == "m":
        with np.errstate(divide="ignore"):
            share = (1.0 / depth - 1.0 / far) / (1.0 / near - 1.0 / far)
    elif depth_map.unit == "um":
        share = (depth - far) / (near - far)
    else:
        share = depth
    none = np.isnan(share)
    levels = (np.clip(np.where(none, 0.0, share), 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)
    picture = np.asarray(cv2.applyColorMap(levels, cv2.COLORMAP_TURBO), np.uint8)
    picture[none] = _NO_DEPTH_BGR
    return picture
