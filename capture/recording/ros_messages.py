"""Images and camera parameters as ROS 2 messages, and back."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from capture.recording import schemas
from capture.recording.cdr import MessageLayout
from focstream.types import Intrinsics

_NS = 1_000_000_000
_STAMPS_END_NS = 2**31 * _NS  # ROS 2 counts the seconds in 32 bits with a sign, to 2038
_ENCODING = {
    ("|u1", 1): "mono8",
    ("<u2", 1): "mono16",
    ("|u1", 3): "bgr8",
    ("<u2", 3): "bgr16",
    ("<f4", 1): "32FC1",
}
"""Encodings by type of the pixels and number of channels (ROS 2's sensor_msgs/image_encodings.hpp)."""
_PIXELS = {name: kind for kind, name in _ENCODING.items()}
_WHOLE_IMAGE = {
    "binning_x": 0,
    "binning_y": 0,
    "roi.x_offset": 0,
    "roi.y_offset": 0,
    "roi.height": 0,
    "roi.width": 0,
    "roi.do_rectify": False,
}
_IMAGE = MessageLayout(schemas.SLICE_IMAGE.definition)
_CAMERA_INFO = MessageLayout(schemas.SLICE_CAMERA_INFO.definition)


def check_stamp(stamp_ns: int) -> None:
    """Raise ValueError for a time that no message can hold."""
    if not 0 <= stamp_ns < _STAMPS_END_NS:
        raise ValueError(f"its time stamp is {stamp_ns} ns")


def image_message(image: NDArray[Any], *, stamp_ns: int) -> bytes:
    """Pack ``sensor_msgs/Image``.

    Parameters
    ----------
    image
        (H, W) or (H, W, 3) uint8 or uint16, or (H, W) float32.
    stamp_ns
        Nanoseconds since the epoch.
    """
    channels = 1 if image.ndim == 2 else image.shape[2]
    height, width = image.shape[:2]
    pixels = np.ascontiguousarray(image, dtype=image.dtype.newbyteorder("<"))
    values = {
        "height": height,
        "width": width,
        "encoding": _ENCODING[pixels.dtype.str, channels],
        "is_bigendian": 0,
        "step": width * channels * pixels.itemsize,
        "data": pixels.reshape(-1).view(np.uint8).data,
    }
    return _IMAGE.encode(_header(stamp_ns) | values)


def read_image(data: bytes) -> NDArray[Any]:
    """Unpack ``sensor_msgs/Image``: (H, W) or (H, W, 3), read-only, without copying the pixels.

    Raises
    ------
    ValueError
        When it is cut short or of an encoding that we do not write.
    """
    values = _IMAGE.decode(data)
    height, width, encoding = values["height"], values["width"], values["encoding"]
    big_endian = values["is_bigendian"]
    if encoding not in _PIXELS or big_endian:
        raise ValueError(f"images in {encoding!r}{', big-endian' if big_endian else ''} are not read here")
    dtype, channels = _PIXELS[encoding]
    pixels = np.frombuffer(values["data"], np.uint8).reshape(height, values["step"])
    used = pixels[:, : width * channels * np.dtype(dtype).itemsize]
    image = np.ascontiguousarray(used).view(dtype)
    return image.reshape((height, width) if channels == 1 else (height, width, channels))


def camera_info_message(shape: tuple[int, ...], *, intrinsics: Intrinsics | None, stamp_ns: int) -> bytes:
    """Pack ``sensor_msgs/CameraInfo``; zeros in K say that the camera is not calibrated, as in ROS."""
    k = intrinsics.k if intrinsics else (0.0,) * 9
    values = {
        "height": shape[0],
        "width": shape[1],
        "distortion_model": intrinsics.distortion_model if intrinsics else "",
        "d": intrinsics.distortion if intrinsics else (),
        "k": k,
        "r": (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0) if intrinsics else (0.0,) * 9,
        "p": (*k[0:3], 0.0, *k[3:6], 0.0, *k[6:9], 0.0),
    }
    return _CAMERA_INFO.encode(_header(stamp_ns) | values | _WHOLE_IMAGE)


def read_camera_info(data: bytes) -> Intrinsics | None:
    """Unpack the intrinsics of ``sensor_msgs/CameraInfo``; None where the camera is not calibrated.

    Raises
    ------
    ValueError
        When it is cut short.
    """
    values = _CAMERA_INFO.decode(data)
    k = values["k"]
    if k[0] == 0.0:
        return None
    return Intrinsics(
        fx_px=k[0],
        fy_px=k[4],
        cx_px=k[2],
        cy_px=k[5],
        distortion_model=values["distortion_model"],
        distortion=values["d"],
    )


def _header(stamp_ns: int) -> dict[str, Any]:
    seconds, nanoseconds = divmod(stamp_ns, _NS)
    return {
        "header.stamp.sec": seconds,
        "header.stamp.nanosec": nanoseconds,
        "header.frame_id": schemas.CAMERA_FRAME,
    }
