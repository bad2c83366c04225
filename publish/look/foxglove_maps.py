"""Depth updates and slices as the messages of Foxglove."""

import cv2
import numpy as np
from foxglove.messages import (
    CameraCalibration,
    CompressedImage,
    PackedElementField,
    PackedElementFieldNumericType,
    PointCloud,
    Pose,
    Quaternion,
    RawImage,
    Timestamp,
    Vector3,
)
from numpy.typing import NDArray

from calibration.apply.confidence import Confidence
from calibration.apply.flying_pixels import counts_in_cloud
from calibration.apply.point_cloud import POINT, points_of
from focstream.depth_update import FloatMap
from focstream.types import DepthUpdate, Intrinsics

FRAME = "camera_optical"
"""As in recordings: x right, y down, z forward."""
_JPEG_QUALITY = 90
_NS = 1_000_000_000
_TYPES = {
    np.dtype("<f4"): PackedElementFieldNumericType.Float32,
    np.dtype("u1"): PackedElementFieldNumericType.Uint8,
}


def stamp_of(stamp_ns: int) -> Timestamp:
    """Return nanoseconds since the epoch as Foxglove has them."""
    seconds, nanoseconds = divmod(stamp_ns, _NS)
    return Timestamp(sec=seconds, nsec=nanoseconds)


def map_image(values: FloatMap, stamp_ns: int) -> RawImage:
    """Return (H, W) float32 as 32FC1, NaN where there is no depth."""
    height_px, width_px = values.shape
    return RawImage(
        timestamp=stamp_of(stamp_ns),
        frame_id=FRAME,
        width=width_px,
        height=height_px,
        encoding="32FC1",
        step=4 * width_px,
        data=values.astype("<f4", copy=False).tobytes(),
    )


def picture(image: NDArray[np.uint8] | NDArray[np.uint16], stamp_ns: int) -> CompressedImage:
    """Return (H, W) or (H, W, 3) blue-green-red as JPEG; 16-bit ones by their upper 8 bits."""
    shown = (image >> 8).astype(np.uint8) if image.dtype == np.uint16 else image
    _, jpeg = cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return CompressedImage(timestamp=stamp_of(stamp_ns), frame_id=FRAME, data=jpeg.tobytes(), format="jpeg")


def calibration(lens: Intrinsics, *, shape: tuple[int, ...], stamp_ns: int) -> CameraCalibration:
    """Return the intrinsics of maps of a shape (H, W)."""
    k = list(lens.k)
    return CameraCalibration(
        timestamp=stamp_of(stamp_ns),
        frame_id=FRAME,
        width=shape[1],
        height=shape[0],
        distortion_model=lens.distortion_model,
        D=list(lens.distortion),
        K=k,
        R=[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0],
        P=[*k[:3], 0.0, *k[3:6], 0.0, *k[6:], 0.0],
    )


def cloud(update: DepthUpdate, lens: Intrinsics, confidence: Confidence | None) -> PointCloud:
    """Return the coloured points of a metric map; with a confidence, those that it lets into clouds.

    Raises
    ------
    InputError
        As `Confidence.is_sure`.
    """
    depth_m = update.depth()
    if confidence is not None:
        counts = counts_in_cloud(update.coordinate, update.coordinate_sigma, update.scale, confidence)
        depth_m = np.where(counts, depth_m, np.float32(np.nan))
    points = points_of(depth_m, image=update.all_in_focus, intrinsics=lens)
    return PointCloud(
        timestamp=stamp_of(update.tag.exposure_mid_ns),
        frame_id=FRAME,
        pose=Pose(position=Vector3(), orientation=Quaternion(w=1.0)),
        point_stride=POINT.itemsize,
        fields=_fields(),
        data=points.tobytes(),
    )


def _fields() -> list[PackedElementField]:
    assert POINT.fields is not None  # it has names
    return [
        PackedElementField(name=name, offset=kind[1], type=_TYPES[kind[0]])
        for name, kind in POINT.fields.items()
    ]
