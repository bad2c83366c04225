"""Depth updates for tests of what comes after the estimator."""

from typing import Any

import numpy as np

from focstream.depth_update import FloatMap
from focstream.types import DepthUpdate
from tests.slices import make_slice


def make_update(
    coordinate: FloatMap | None = None, *, sweep_id: int = 0, slot: int = 3, **fields: Any
) -> DepthUpdate:
    """Return an update whose σ is 0.01 everywhere; `fields` are those that differ from what is below."""
    values = np.linspace(0, 1, 24, dtype=np.float32).reshape(4, 6) if coordinate is None else coordinate
    usual = {
        "coordinate_sigma": np.full_like(values, 0.01),
        "all_in_focus": np.zeros(values.shape, np.uint8),
        "slices_seen": slot + 1,
        "final": True,
        "scale": None,
        "intrinsics": None,
        "model": "test",
        "engine": "numpy",
    }
    if "tag" not in fields:
        usual["tag"] = make_slice(slot, sweep_id=sweep_id).tag
    return DepthUpdate(coordinate=values, **(usual | fields))
