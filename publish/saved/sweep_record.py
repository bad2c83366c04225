"""What ``sweep.json`` holds about a saved sweep."""

import json
import platform
from math import isfinite

import cv2
import numpy as np

from focstream.types import DepthUpdate
from focstream.version import __version__
from publish.region_numbers import region_numbers


def record_json(update: DepthUpdate, *, sweeps_not_saved: int) -> str:
    """Indented JSON: what the files beside it hold, how far to trust them, and what made them."""
    record = {
        "depth_npy": _meaning(update),
        "unit": update.unit,
        "calibrated": update.calibrated,
        **_limits(update),
        "regions": region_numbers(update),
        **_loss(update, sweeps_not_saved=sweeps_not_saved),
        **_active(update),
        **_origin(update),
        "versions": _versions(),
    }
    return json.dumps(record, indent=2, allow_nan=False) + "\n"


def _meaning(update: DepthUpdate) -> str:
    if update.unit == "m":
        return "float32 metres along the optical axis; NaN = no depth, inf = at or beyond infinity"
    if update.unit == "um":
        return "float32 height in micrometres, linear in it, nearer is higher; not a distance; NaN = no depth"
    return "float32 sweep coordinate, 0 far ... 1 near, linear in dioptres; not metres; NaN = no depth"


def _limits(update: DepthUpdate) -> dict[str, float | None]:
    near, far = update.depth_range()
    return {
        "near_limit": near,
        "far_limit": far if isfinite(far) else None,
        "valid_fraction": round(float(np.mean(~np.isnan(update.coordinate))), 6),
    }


def _active(update: DepthUpdate) -> dict[str, object]:
    """Which slots an active sweep took, and why it ended."""
    if not update.slots_taken:
        return {}
    return {"slots_taken": [round(slot, 6) for slot in update.slots_taken], "ended": update.ended}


def _loss(update: DepthUpdate, *, sweeps_not_saved: int) -> dict[str, int | bool | None]:
    return {
        "slices_seen": update.slices_seen,
        "slots": update.tag.slots,
        "complete": not update.broken,
        "slices_lost_since_start": update.tag.slices_lost,
        "sweeps_not_saved_since_start": sweeps_not_saved,
    }


def _origin(update: DepthUpdate) -> dict[str, object]:
    scale, lens = update.scale, update.intrinsics
    return {
        "sweep_id": update.tag.sweep_id,
        "last_slot": update.tag.slot,
        "stamp_ns": update.tag.exposure_mid_ns,
        "clock": update.tag.clock,
        "model": update.model,
        "engine": update.engine,
        "calibration_id": scale.calibration_id if scale else "",
        "K": lens.k if lens else None,
        "D": lens.distortion if lens else None,
        "distortion_model": lens.distortion_model if lens else None,
    }


def _versions() -> dict[str, str]:
    return {
        "focstream": __version__,
        "numpy": np.__version__,
        "opencv": cv2.__version__,
        "python": platform.python_version(),
    }
