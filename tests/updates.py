"""Depth updates for tests of what comes after the estimator."""

import numpy as np

from focstream.depth_update import FloatMap
from focstream.types import DepthUpdate, FocusScale, Intrinsics
from tests.slices import make_slice


def make_update(
    coordinate: FloatMap | None = None,
    *,
    scale: FocusScale | None = None,
    intrinsics: Intrinsics | None = None,
    sweep_id: int = 0,
    slot: int = 3,
    final: bool = True,
) -> DepthUpdate:
    """Return an update whose σ is 0.01 everywhere."""
    values = np.linspace(0, 1, 24, dtype=np.float32).reshape(4, 6) if coordinate is None else coordinate
    return DepthUpdate(
        coordinate=values,
        coordinate_sigma=np.full_like(values, 0.01),
        all_in_focus=np.zeros(values.shape, np.uint8),
        tag=make_slice(slot, sweep_id=sweep_id).tag,
        slices_seen=slot + 1,
        final=final,
        scale=scale,
        intrinsics=intrinsics,
        model="test",
        engine="numpy",
    )
