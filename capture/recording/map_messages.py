"""Depth maps as messages."""

import numpy as np
from numpy.typing import NDArray

from capture.recording import schemas
from capture.recording.cdr import layout_of
from capture.recording.ros_messages import camera_info_message, image_message
from capture.recording.schemas import Topic
from focstream.digest import digest_of
from focstream.types import DepthUpdate


def depth_info_message(update: DepthUpdate) -> bytes:
    """Pack what a depth map is, with its digest."""
    near, far = update.depth_range()
    values = {
        "exposure_mid_ns": update.tag.exposure_mid_ns,
        "sweep_id": update.tag.sweep_id,
        "slot": update.tag.slot,
        "slices_seen": update.slices_seen,
        "final": update.final,
        "broken": update.broken,
        "unit": update.unit,
        "calibrated": update.calibrated,
        "near_limit": near,
        "far_limit": far,
        "model": update.model,
        "engine": update.engine,
        "digest": digest_of(update),
        "slots_taken": update.slots_taken,
        "ended": update.ended or "",
    }
    return layout_of(schemas.DEPTH_INFO.definition).encode(values)


def map_messages(update: DepthUpdate) -> dict[Topic, bytes]:
    """Pack the map, σ, the all-in-focus image and the intrinsics."""
    stamp_ns = update.tag.exposure_mid_ns
    camera_info = camera_info_message(
        update.coordinate.shape, intrinsics=update.intrinsics, stamp_ns=stamp_ns
    )
    return {
        schemas.DEPTH_IMAGE: image_message(update.depth(), stamp_ns=stamp_ns),
        schemas.DEPTH_CAMERA_INFO: camera_info,
        schemas.DEPTH_SIGMA: image_message(update.sigma(), stamp_ns=stamp_ns),
        schemas.DEPTH_AIF: image_message(_coloured(update.all_in_focus), stamp_ns=stamp_ns),
    }


def _coloured(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(H, W, 3), also of a grey picture: Rerun takes every image of one channel for depth."""
    return np.repeat(image[..., None], 3, axis=2) if image.ndim == 2 else np.asarray(image)
