"""The bytes of every kind of message, as the first recordings have them."""

import hashlib

import numpy as np
import pytest

from capture.recording.map_messages import depth_info_message
from capture.recording.ros_messages import camera_info_message, image_message
from capture.recording.slice_messages import (
    loss_message,
    not_used_message,
    tag_message,
)
from tests.capture.recording.recordings import LENS, SCALE, noise, slice_number
from tests.updates import make_update

STAMP_NS = 1_700_000_000_123_456_789


def float_map() -> np.ndarray:
    return np.linspace(-1, 1, 35, dtype=np.float32).reshape(5, 7)


@pytest.mark.parametrize(
    ("message", "digest"),
    [
        (lambda: image_message(noise(1, (7, 9)), stamp_ns=STAMP_NS), "1d827d60139d9d1b"),
        (lambda: image_message(noise(1, (7, 9, 3), np.uint16), stamp_ns=STAMP_NS), "e2c5a503560db065"),
        (lambda: image_message(noise(1, (8, 9))[::2], stamp_ns=STAMP_NS), "e38900815d08966a"),
        (lambda: image_message(float_map(), stamp_ns=-1), "8ef3825935bc7b78"),
        (lambda: camera_info_message((5, 7), intrinsics=None, stamp_ns=STAMP_NS), "23a6ce01303b3994"),
        (lambda: camera_info_message((5, 7, 3), intrinsics=LENS, stamp_ns=STAMP_NS), "60e5df31689f1a63"),
        (lambda: tag_message(slice_number(7), slices_not_recorded=3), "3eb284a532c8ed6d"),
        (lambda: depth_info_message(make_update(scale=SCALE)), "482b0c97d0fb937c"),
        (lambda: loss_message((4, 9, 5)), "37013a64e151193d"),
        (lambda: not_used_message(slice_number(6).tag), "2e38d3844fd6bece"),
    ],
    ids=[
        "grey",
        "colour",
        "rows left out",
        "depth",
        "uncalibrated",
        "camera",
        "tag",
        "map",
        "loss",
        "not used",
    ],
)
def test_the_bytes_stay_the_same(message, digest: str) -> None:
    assert hashlib.sha256(message()).hexdigest()[:16] == digest
