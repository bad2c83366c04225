"""Slices for tests; by default of those that do not look at the pixels."""

from typing import Any

import numpy as np

from focstream.focal_slice import Image
from focstream.types import FocalSlice, FocusScale, Intrinsics, SliceTag


def make_slice(
    slot: int = 0,
    *,
    sweep_id: int = 0,
    slots: int = 4,
    frame_id: int | None = None,
    settling: bool = False,
    image: Image | None = None,
    scale: FocusScale | None = None,
    intrinsics: Intrinsics | None = None,
    **tag: Any,
) -> FocalSlice:
    """Return a slice at `slot` of `slots`; by default a small one whose grey value is the slot.

    `tag` are fields of its tag that differ from what follows from the slot.
    """
    fields = {
        "sweep_coordinate": slot / (slots - 1),
        "focus_dpt": None,
        "focus_dpt_commanded": None,
        "exposure_mid_ns": 1_000_000 * (sweep_id * slots + slot),
        "clock": "host",
        "last_in_sweep": slot == slots - 1 and not settling,
    }
    return FocalSlice(
        image=np.full((4, 6), slot, np.uint8) if image is None else image,
        scale=scale,
        intrinsics=intrinsics,
        tag=SliceTag(
            sweep_id=sweep_id,
            slot=slot,
            frame_id=sweep_id * slots + slot if frame_id is None else frame_id,
            settling=settling,
            **(fields | tag),
        ),
    )
