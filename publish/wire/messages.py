"""Makes the messages of its streams from a depth update."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from focstream.clock import now_ns
from focstream.types import DepthUpdate, InputError
from publish.wire.encodings import RULES, DepthEncoding, Encoding, Topic, Unit
from publish.wire.frame import pack
from publish.wire.header import Header
from publish.wire.millimetres import to_millimetres

FRAME_ID = "focstream_optical"
"""ROS convention: the suffix says x right, y down, z forward."""

_UNKNOWN_K = (0.0,) * 9
_MM_PER_M = 1000.0
_WHAT = {
    "1": "a sweep coordinate without metres, because the focus is not calibrated",
    "um": "a height in micrometres",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Payload:
    """The pixels of one message and what they are."""

    topic: Topic
    encoding: Encoding
    unit: Unit
    pixels: NDArray[Any]
    depth_range: tuple[float, float | None] | None


def message_of(update: DepthUpdate, *, topic: Topic, encoding: DepthEncoding, seq: int) -> bytes:
    """Pack one stream of `update`; `encoding` is that of the depth map.

    Raises
    ------
    NotMetricError
        For 16UC1 when the update is not metric.
    MessageError
        When a number of its tag is none that a message can carry.
    """
    payload = payload_of(update, topic=topic, encoding=encoding)
    return pack(_header(update, payload, seq=seq), payload.pixels)


def payload_of(update: DepthUpdate, *, topic: Topic, encoding: DepthEncoding) -> Payload:
    """Take the pixels of one stream from `update`, contiguous and little-endian."""
    if topic == "aif":
        return _image(update)
    if topic == "depth" and encoding == "16UC1":
        return _depth_in_mm(update)
    values = update.depth() if topic == "depth" else update.sigma()
    return Payload(
        topic=topic,
        encoding="32FC1",
        unit=update.unit,
        pixels=np.ascontiguousarray(values, dtype="<f4"),
        depth_range=_range(update),
    )


def check_encoding(update: DepthUpdate, *, encoding: DepthEncoding) -> None:
    """Raise InputError when `encoding` cannot carry `update`."""
    if encoding == "16UC1" and update.unit != "m":
        raise InputError(
            f"16UC1 carries millimetres, but this depth map is {_WHAT[update.unit]}; "
            "publish it with --publish.encoding 32FC1"
        )


def _image(update: DepthUpdate) -> Payload:
    image = update.all_in_focus
    return Payload(
        topic="aif",
        encoding="mono8" if image.ndim == 2 else "bgr8",
        unit="",
        pixels=np.ascontiguousarray(image),
        depth_range=None,
    )


def _depth_in_mm(update: DepthUpdate) -> Payload:
    with np.errstate(over="ignore"):
        pixels = to_millimetres(update.metres())
    return Payload(
        topic="depth", encoding="16UC1", unit="mm", pixels=pixels, depth_range=_range(update, scale=_MM_PER_M)
    )


def _range(update: DepthUpdate, *, scale: float = 1.0) -> tuple[float, float | None]:
    near, far = update.depth_range()
    return near * scale, far * scale if np.isfinite(far) else None


def _header(update: DepthUpdate, payload: Payload, *, seq: int) -> Header:
    rule, tag, lens = RULES[payload.encoding], update.tag, update.intrinsics
    return Header.of(
        {
            "topic": payload.topic,
            "seq": seq,
            "sweep": tag.sweep_id,
            "slice": tag.slot,
            "stamp_ns": tag.exposure_mid_ns,
            "clock": tag.clock,
            "sent_ns": now_ns(),
            "dtype": rule.dtype,
            "shape": payload.pixels.shape,
            "encoding": payload.encoding,
            "unit": payload.unit,
            "invalid": rule.invalid,
            "K": lens.k if lens else _UNKNOWN_K,
            "D": lens.distortion if lens else (),
            "distortion_model": lens.distortion_model if lens else "",
            "frame_id": FRAME_ID,
            "depth_range": payload.depth_range,
            "dropped": tag.slices_lost,
            "model": update.model,
            "engine": update.engine,
            "calibration_id": update.scale.calibration_id if update.scale else "",
            "slices_seen": update.slices_seen,
            "slots": tag.slots,
            "final": update.final,
            "calibrated": update.calibrated,
            "broken": update.broken,
            "reconnects": tag.reconnects,
        }
    )
