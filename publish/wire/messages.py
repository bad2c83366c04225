"""Makes the messages of its streams from a depth update."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from focstream.clock import now_ns
from focstream.types import DepthUpdate, InputError
from publish.region_numbers import region_numbers
from publish.wire.encodings import RULES, DepthEncoding, Encoding, Topic, Unit
from publish.wire.frame import pack
from publish.wire.header import VERSION, Header
from publish.wire.millimetres import to_millimetres

FRAME_ID = "focstream_optical"
"""ROS convention: the suffix says x right, y down, z forward."""

_UNKNOWN_K = (0.0,) * 9
_PER_UNIT: dict[Unit, float] = {"m": 1.0, "mm": 1000.0, "um": 1.0, "1": 1.0}
"""How many of the unit on the wire make one of the map's own."""
_WHAT = {
    "1": "a sweep coordinate without metres, because the focus is not calibrated",
    "um": "a height in micrometres",
}


def header_of(update: DepthUpdate, *, topic: Topic, encoding: DepthEncoding, seq: int, run_id: str) -> Header:
    """Describe one stream of `update`; `encoding` is that of the depth map. Computes no pixel.

    Raises
    ------
    MessageError
        When a number of its tag is none that a message can carry.
    """
    used, unit = _encoding_of(update, topic=topic, asked=encoding)
    rule, tag, lens = RULES[used], update.tag, update.intrinsics
    return Header.of(
        {
            "v": VERSION,
            "topic": topic,
            "run_id": run_id,
            "seq": seq,
            "sweep": tag.sweep_id,
            "slice": tag.slot,
            "stamp_ns": tag.exposure_mid_ns,
            "clock": tag.clock,
            "sent_ns": now_ns(),
            "dtype": rule.dtype,
            "shape": update.all_in_focus.shape if topic == "aif" else update.coordinate.shape,
            "encoding": used,
            "unit": unit,
            "invalid": rule.invalid,
            "K": lens.k if lens else _UNKNOWN_K,
            "D": lens.distortion if lens else (),
            "distortion_model": lens.distortion_model if lens else "",
            "frame_id": FRAME_ID,
            "depth_range": None if topic == "aif" else _range(update, scale=_PER_UNIT[unit]),
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
            "regions": tuple(region_numbers(update, per_unit=_PER_UNIT[unit])) if topic == "depth" else (),
            "slots_taken": _slots_taken(update),
            "ended": update.ended,
        }
    )


def message_of(update: DepthUpdate, header: Header) -> bytes:
    """Pack the stream of `update` that `header` describes, as sent now.

    Raises
    ------
    NotMetricError
        For 16UC1 when the update is not metric.
    """
    return pack(header.model_copy(update={"sent_ns": now_ns()}), _pixels_of(update, header))


def check_encoding(update: DepthUpdate, *, encoding: DepthEncoding) -> None:
    """Raise InputError when `encoding` cannot carry `update`."""
    if encoding == "16UC1" and update.unit != "m":
        raise InputError(
            f"16UC1 carries millimetres, but this depth map is {_WHAT[update.unit]}; "
            "publish it with --publish.encoding 32FC1"
        )


def _encoding_of(update: DepthUpdate, *, topic: Topic, asked: DepthEncoding) -> tuple[Encoding, Unit]:
    if topic == "aif":
        return ("mono8" if update.all_in_focus.ndim == 2 else "bgr8"), ""
    if topic == "depth" and asked == "16UC1":
        return "16UC1", "mm"
    return "32FC1", update.unit


def _pixels_of(update: DepthUpdate, header: Header) -> NDArray[Any]:
    """Take the pixels of one stream from `update`, contiguous and little-endian."""
    if header.topic == "aif":
        return np.ascontiguousarray(update.all_in_focus)
    if header.encoding == "16UC1":
        with np.errstate(over="ignore"):
            return to_millimetres(update.metres())
    values = update.depth() if header.topic == "depth" else update.sigma()
    return np.ascontiguousarray(values, dtype="<f4")


def _slots_taken(update: DepthUpdate) -> tuple[float, ...] | None:
    return tuple(round(slot, 5) for slot in update.slots_taken) or None


def _range(update: DepthUpdate, *, scale: float) -> tuple[float, float | None]:
    near, far = update.depth_range()
    return near * scale, far * scale if np.isfinite(far) else None
