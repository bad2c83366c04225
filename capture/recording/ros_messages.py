"""Images and camera parameters as ROS 2 messages, and back."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from capture.recording.cdr import CdrReader, CdrWriter
from capture.recording.schemas import CAMERA_FRAME
from focstream.types import Intrinsics

_NS = 1_000_000_000
_ENCODING = {
    ("|u1", 1): "mono8",
    ("<u2", 1): "mono16",
    ("|u1", 3): "bgr8",
    ("<u2", 3): "bgr16",
    ("<f4", 1): "32FC1",
}
"""By type of the pixels and number of channels (ROS 2's sensor_msgs/image_encodings.hpp)."""
_PIXELS = {name: kind for kind, name in _ENCODING.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraParameters:
    """Size of the images in pixels, and their intrinsics where they are known."""

    height_px: int
    width_px: int
    intrinsics: Intrinsics | None


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
    pixels = np.ascontiguousarray(image, dtype=image.dtype.newbyteorder("<"))
    writer = _begin(stamp_ns)
    writer.scalar("I", *image.shape[:2])
    writer.string(_ENCODING[pixels.dtype.str, channels])
    writer.scalar("B", 0)
    writer.scalar("I", image.shape[1] * channels * pixels.itemsize)
    writer.block(pixels.reshape(-1).view(np.uint8).data)
    return writer.data()


def read_image(data: bytes) -> NDArray[Any]:
    """Unpack ``sensor_msgs/Image``: (H, W) or (H, W, 3), read-only, without copying the pixels.

    Raises
    ------
    ValueError
        When it is cut short or of an encoding that we do not write.
    """
    reader = CdrReader(data)
    _read_header(reader)
    height, width = reader.whole("I"), reader.whole("I")
    encoding = reader.string()
    big_endian, step = reader.whole("B"), reader.whole("I")
    if encoding not in _PIXELS or big_endian:
        raise ValueError(f"images in {encoding!r}{', big-endian' if big_endian else ''} are not read here")
    dtype, channels = _PIXELS[encoding]
    pixels = np.frombuffer(reader.block(), np.uint8).reshape(height, step)
    used = pixels[:, : width * channels * np.dtype(dtype).itemsize]
    image = np.ascontiguousarray(used).view(dtype)
    return image.reshape((height, width) if channels == 1 else (height, width, channels))


def camera_info_message(shape: tuple[int, ...], *, intrinsics: Intrinsics | None, stamp_ns: int) -> bytes:
    """Pack ``sensor_msgs/CameraInfo``; zeros in K say that the camera is not calibrated, as in ROS."""
    writer = _begin(stamp_ns)
    writer.scalar("I", *shape[:2])
    k = intrinsics.k if intrinsics else (0.0,) * 9
    writer.string(intrinsics.distortion_model if intrinsics else "")
    writer.sequence("d", intrinsics.distortion if intrinsics else ())
    writer.scalar("d", *k)
    writer.scalar("d", *((1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0) if intrinsics else (0.0,) * 9))
    writer.scalar("d", *k[0:3], 0.0, *k[3:6], 0.0, *k[6:9], 0.0)
    writer.scalar("I", 0, 0)  # no binning
    writer.scalar("I", 0, 0, 0, 0)  # the whole image
    writer.scalar("?", 0)
    return writer.data()


def read_camera_info(data: bytes) -> CameraParameters:
    """Unpack ``sensor_msgs/CameraInfo`` as far as it concerns us.

    Raises
    ------
    ValueError
        When it is cut short.
    """
    reader = CdrReader(data)
    _read_header(reader)
    height, width = reader.whole("I"), reader.whole("I")
    model, distortion = reader.string(), reader.sequence("d")
    k = reader.scalars("d", 9)
    intrinsics = None
    if k[0] != 0.0:
        intrinsics = Intrinsics(
            fx_px=k[0],
            fy_px=k[4],
            cx_px=k[2],
            cy_px=k[5],
            distortion_model=model,
            distortion=distortion,
        )
    return CameraParameters(height_px=height, width_px=width, intrinsics=intrinsics)


def _begin(stamp_ns: int) -> CdrWriter:
    writer = CdrWriter()
    seconds, nanoseconds = divmod(stamp_ns, _NS)
    writer.scalar("i", seconds)
    writer.scalar("I", nanoseconds)
    writer.string(CAMERA_FRAME)
    return writer


def _read_header(reader: CdrReader) -> None:
    reader.scalar("i")
    reader.scalar("I")
    reader.string()
