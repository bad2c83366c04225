"""The frame rate of a camera: read, measured, or lowered."""

import time
from collections.abc import Callable

from capture.camera import CameraFrame
from capture.genicam.config import FeatureNames, Timing
from capture.genicam.nodes import Nodes
from focstream.types import DeviceNotFoundError

_FRAMES = 6  # five periods: the jitter of a single one, where frames are stamped on arrival, is averaged
_LIMIT_S = (
    9.0  # so the measurement ends, and nine of a camera at 1 Hz fit into it: its clock is checked first
)
_READ_S = 0.1  # a camera that is unplugged meanwhile is noticed so soon
_TRIGGERED_RATE_HZ = 30.0
"""A guess for triggered cameras that report no rate. A higher one fires again before the image of a slow
camera is there, a lower one waits longer for an image that was lost."""


def frame_rate_hz(camera: Nodes, names: FeatureNames) -> float | None:
    """Frames a second while free-running; None where the camera does not report it."""
    rate_hz = camera.value(*names.resulting_rate_hz)
    # The rate that was asked for means nothing while it is switched off.
    if rate_hz is None and camera.value(*names.frame_rate_enable) is not False:
        rate_hz = camera.value(*names.frame_rate_hz)
    return float(rate_hz) if rate_hz else None


def measure_rate_hz(read: Callable[[float], CameraFrame | None], timing: Timing, *, name: str) -> float:
    """Return frames a second of a camera that runs freely and reports no rate; a guess for a triggered one.

    Parameters
    ----------
    read
        Waits up to so many seconds for a frame.
    timing, name
        What starts the exposures, and the name for messages.

    Raises
    ------
    DeviceNotFoundError
        When no frames come.
    """
    if timing in ("software", "hardware"):
        return _TRIGGERED_RATE_HZ
    frames: list[CameraFrame] = []
    deadline_s = time.monotonic() + _LIMIT_S
    while len(frames) < _FRAMES and time.monotonic() < deadline_s:
        frame = read(_READ_S)
        frames += [] if frame is None or frame.doubt is not None else [frame]
    if len(frames) < 2:
        raise DeviceNotFoundError(f"{name} delivers no frames; check its trigger settings and its cable")
    first, last = frames[0], frames[-1]
    return (last.frame_id - first.frame_id) * 1e9 / max(last.exposure_mid_ns - first.exposure_mid_ns, 1)


def slow_down(camera: Nodes, names: FeatureNames, *, period_s: float, rate_hz: float, name: str) -> float:
    """Slow a free-running camera down to a period, if it is faster; return its frames a second.

    Parameters
    ----------
    camera, names, name
        Camera, candidates for the names of its features, and its own name for messages.
    period_s
        Shortest time from frame to frame that is wanted.
    rate_hz
        Frames a second at present.

    Raises
    ------
    DeviceNotFoundError
        When it cannot be slowed down.
    """
    if rate_hz * period_s <= 1:
        return rate_hz
    enable = camera.first(names.frame_rate_enable)
    if enable is not None:
        camera.set(enable, True)
    feature = camera.first(names.frame_rate_hz)
    if feature is None or not camera.set(feature, 1 / period_s):
        raise DeviceNotFoundError(
            f"{name} is too fast for its focus ({rate_hz:.1f} Hz, needs {period_s:.3f} s) and "
            "cannot be slowed down; use --genicam.timing software"
        )
    return 1 / period_s
