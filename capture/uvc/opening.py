"""Opens a webcam with OpenCV, in the mode that is wanted."""

import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import cv2

from capture.uvc.config import UvcConfig
from capture.uvc.device import open_device, query_device, resolved
from capture.uvc.mode_requests import is_in_use, offered_modes, present_mode
from capture.uvc.modes import OfferedModes, VideoMode, choose_mode, describe_modes, same_rate
from focstream.types import DeviceNotFoundError, InputError

_log = logging.getLogger(__name__)

_LINUX = sys.platform == "linux"
# From OpenCV's cap_v4l.cpp: what has another format becomes a picture of noise, without an error.
_PLAIN = ("BGR3", "RGB3", "YV12", "YU12", "411P", "YUYV", "UYVY", "NV12", "NV21", "Y16 ", "Y10 ", "GREY")
_DECODED = frozenset((*_PLAIN, "BA81", "GBRG", "S910", "MJPG", "JPEG"))


@contextmanager
def open_capture(device: int | Path, config: UvcConfig, *, name: str) -> Iterator[cv2.VideoCapture]:
    """Open a webcam and set its mode; its images come from the first `read` on.

    Parameters
    ----------
    device
        Number of the video device, or its path.
    config
        Mode that is asked for.
    name
        Name of the webcam, for messages.

    Raises
    ------
    DeviceNotFoundError
        When there is no such webcam, it is in use, or there is no permission for it.
    InputError
        When it has no such mode.
    """
    # OpenCV always begins with 640×480 at 30 Hz: the mode has to be asked for before, and set again behind.
    offered, mode = _modes(device, config, name=name)
    capture = (
        cv2.VideoCapture(str(resolved(device)), cv2.CAP_V4L2)
        if _LINUX
        else cv2.VideoCapture(int(str(device)), cv2.CAP_ANY)
    )
    try:
        if not capture.isOpened():
            raise DeviceNotFoundError(_why_not(offered, name=name))
        if mode is not None:
            _set(capture, mode)
            _check(capture, mode, offered, config, name=name)
        yield capture
    finally:
        capture.release()


def _modes(
    device: int | Path, config: UvcConfig, *, name: str
) -> tuple[tuple[OfferedModes, ...], VideoMode | None]:
    """Return what the webcam offers, and which of it to take."""
    if not _LINUX:
        return (), choose_mode((), None, config, name=name)
    path = resolved(device)
    query_device(path)
    with open_device(path) as ioctl:
        # OpenCV would find out, too, but waits for ten seconds at every format that it tries.
        if is_in_use(ioctl):
            raise DeviceNotFoundError(f"{name} cannot be opened; close other programs that use it")
        present, everything = present_mode(ioctl), offered_modes(ioctl)
    offered = tuple(modes for modes in everything if modes.fourcc in _DECODED)
    if everything and not offered:
        raise DeviceNotFoundError(f"{name}: OpenCV decodes none of its modes ({describe_modes(everything)})")
    return offered, choose_mode(offered, present, config, name=name)


def _set(capture: cv2.VideoCapture, mode: VideoMode) -> None:
    if mode.fourcc:
        capture.set(cv2.CAP_PROP_FOURCC, int.from_bytes(mode.fourcc.encode().ljust(4), "little"))
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, mode.width_px)  # takes effect with the height
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, mode.height_px)
    if mode.rate_hz:  # the rate behind the size, which sets it back
        capture.set(cv2.CAP_PROP_FPS, mode.rate_hz)


def _check(
    capture: cv2.VideoCapture,
    mode: VideoMode,
    offered: Sequence[OfferedModes],
    config: UvcConfig,
    *,
    name: str,
) -> None:
    width_px = int(capture.get(cv2.CAP_PROP_FRAME_WIDTH))
    height_px = int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
    rate_hz = capture.get(cv2.CAP_PROP_FPS)
    well = (width_px, height_px) == (mode.width_px, mode.height_px)
    if config.fps is not None and rate_hz > 0:
        well = well and same_rate(rate_hz, config.fps)
    if well:
        return
    told = (
        f"{name} takes {width_px}×{height_px} at {rate_hz:.4g} Hz instead of {mode.width_px}×{mode.height_px}"
        + (f" at {mode.rate_hz:.4g} Hz" if mode.rate_hz else "")
    )
    if (config.width_px, config.height_px, config.fps) != (None,) * 3:
        raise InputError(f"{told}; it offers {describe_modes(offered)}")
    _log.warning("%s", told)


def _why_not(offered: Sequence[OfferedModes], *, name: str) -> str:
    if not offered:
        return f"{name} cannot be opened; close other programs that use it"
    return (
        f"{name} cannot be opened, though no other program uses it: OpenCV begins with 640×480, which "
        f"its driver may refuse; it offers {describe_modes(offered)}"
    )
