"""The tags of slices, and what became of them, as messages of our own."""

import math
from typing import Any, Literal, cast, get_args

from capture.recording.cdr import layout_of
from capture.recording.schemas import LOSS, NOT_USED, SLICE_TAG
from focstream.focal_slice import Active
from focstream.types import (
    CalibrationLevel,
    FocalSlice,
    FocusScale,
    HeightScale,
    Scale,
    SliceTag,
)

_FARTHEST = 100.0
"""Sweep coordinates beyond it, of whatever overscan, are damaged."""


def tag_message(focal_slice: FocalSlice, *, slices_not_recorded: int) -> bytes:
    """Pack the tag of a slice and its focus scale."""
    tag, scale = focal_slice.tag, focal_slice.scale
    values = {
        "exposure_mid_ns": tag.exposure_mid_ns,
        "clock": tag.clock,
        "sweep_id": tag.sweep_id,
        "slot": tag.slot,
        "frame_id": tag.frame_id,
        "sweep_coordinate": tag.sweep_coordinate,
        "focus_dpt": _or_nan(tag.focus_dpt),
        "focus_dpt_commanded": _or_nan(tag.focus_dpt_commanded),
        "direction": tag.direction,
        "settling": tag.settling,
        "last_in_sweep": tag.last_in_sweep,
        "temperature_c": _or_nan(tag.temperature_c),
        "reconnects": tag.reconnects,
        "focus_speed_dpt_s": _or_nan(tag.focus_speed_dpt_s),
        "row_span": tag.row_span,
        "slots": tag.slots or 0,
        "passed": tag.passed,
        "far_dpt": scale.far_dpt if isinstance(scale, FocusScale) else math.nan,
        "near_dpt": scale.near_dpt if isinstance(scale, FocusScale) else math.nan,
        "far_um": scale.far_um if isinstance(scale, HeightScale) else math.nan,
        "near_um": scale.near_um if isinstance(scale, HeightScale) else math.nan,
        "calibrated": "uncalibrated" if scale is None else scale.level,
        "calibration_id": "" if scale is None else scale.calibration_id,
        "number": -1 if tag.number is None else tag.number,
        "slices_not_recorded": slices_not_recorded,
        "active": tag.active or "",
    }
    return layout_of(SLICE_TAG.definition).encode(values)


def read_tag(definition: str, data: bytes) -> tuple[SliceTag, Scale | None]:
    """Unpack a tag by the definition in its file; fields that an older version did not have take defaults.

    Raises
    ------
    ValueError, OverflowError
        When the message does not fit, or holds what no slice can have.
    """
    values = layout_of(definition).decode(data)
    known = {
        name: value
        for name, value in values.items()
        if isinstance(value, int | float) and not math.isnan(value)
    }
    if math.isinf(known.get("temperature_c", 0.0)):
        del known["temperature_c"]  # a broken sensor costs no slice
    odd = next((name for name, value in known.items() if math.isinf(value)), None)
    if odd is not None or not abs(known.get("sweep_coordinate", 0.0)) <= _FARTHEST:
        raise ValueError(f"{odd or 'sweep_coordinate'} is {known[odd or 'sweep_coordinate']}")
    missing = {"exposure_mid_ns", "sweep_id", "slot", "sweep_coordinate"} - known.keys()
    if missing:
        raise ValueError(f"the tag has no {min(missing)}")
    number, active = int(known.get("number", -1)), values.get("active")
    clock: Literal["device", "host"] = "device" if values.get("clock") == "device" else "host"
    tag = SliceTag(
        sweep_id=int(known["sweep_id"]),
        slot=int(known["slot"]),
        frame_id=int(known.get("frame_id", 0)),
        sweep_coordinate=float(known["sweep_coordinate"]),
        focus_dpt=known.get("focus_dpt"),
        focus_dpt_commanded=known.get("focus_dpt_commanded"),
        exposure_mid_ns=int(known["exposure_mid_ns"]),
        clock=clock,
        direction=-1 if known.get("direction") == -1 else 1,
        settling=bool(known.get("settling", False)),
        last_in_sweep=bool(known.get("last_in_sweep", False)),
        temperature_c=known.get("temperature_c"),
        reconnects=int(known.get("reconnects", 0)),
        focus_speed_dpt_s=known.get("focus_speed_dpt_s"),
        row_span=known.get("row_span", 0.0),
        slots=int(known.get("slots", 0)) or None,
        passed=int(known.get("passed", 0)),
        number=number if number >= 0 else None,
        active=cast("Active", active) if active in get_args(Active) else None,
    )
    return tag, _scale(values, known)


def _scale(values: dict[str, Any], known: dict[str, Any]) -> Scale | None:
    if not ({"far_dpt", "near_dpt"} <= known.keys() or {"far_um", "near_um"} <= known.keys()):
        return None
    level = values.get("calibrated")
    if level not in get_args(CalibrationLevel):
        raise ValueError(f"no such level of calibration: {level!r}")
    level, origin = cast("CalibrationLevel", level), str(values.get("calibration_id", ""))
    if "far_um" in known:
        return HeightScale(
            far_um=known["far_um"], near_um=known["near_um"], level=level, calibration_id=origin
        )
    return FocusScale(
        far_dpt=known["far_dpt"], near_dpt=known["near_dpt"], level=level, calibration_id=origin
    )


def loss_message(frame_ids: tuple[int, ...]) -> bytes:
    """Pack which slices could not be recorded."""
    values = {
        "first_frame_id": min(frame_ids),
        "last_frame_id": max(frame_ids),
        "count": len(frame_ids),
    }
    return layout_of(LOSS.definition).encode(values)


def not_used_message(tag: SliceTag) -> bytes:
    """Pack which recorded slice the live depth was computed without."""
    return layout_of(NOT_USED.definition).encode({"sweep_id": tag.sweep_id, "frame_id": tag.frame_id})


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value
