"""Slices for tests of what does not look at their pixels."""

import numpy as np

from focstream.types import FocalSlice, SliceTag


def make_slice(
    slot: int = 0, *, sweep_id: int = 0, slots: int = 4, frame_id: int | None = None, settling: bool = False
) -> FocalSlice:
    """Return a small slice at `slot` of `slots`, whose grey value is the slot."""
    return FocalSlice(
        image=np.full((4, 6), slot, np.uint8),
        tag=SliceTag(
            sweep_id=sweep_id,
            slot=slot,
            frame_id=sweep_id * slots + slot if frame_id is None else frame_id,
            sweep_coordinate=slot / (slots - 1),
            focus_dpt=None,
            focus_dpt_commanded=None,
            exposure_mid_ns=1_000_000 * (sweep_id * slots + slot),
            clock="host",
            settling=settling,
            last_in_sweep=slot == slots - 1 and not settling,
        ),
    )
