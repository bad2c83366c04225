"""Depth maps as they were recorded."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from focstream.depth_update import FloatMap
from focstream.types import Intrinsics


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedMap:
    """A depth map of a recording.

    Attributes
    ----------
    depth, sigma
        (H, W) float32, in `unit`; NaN = no depth.
    all_in_focus
        (H, W, 3) uint8, blue-green-red; (H, W) in older recordings of grey cameras.
    sweep_id, slices_seen, final, unit
        As in `focstream.DepthUpdate`.
    exposure_mid_ns
        Of the slice that caused it.
    near_limit, far_limit
        Of the sweep, in `unit`; the far one may be inf.
    intrinsics
        None where unknown.
    digest
        As by `focstream.digest.digest_of`.
    """

    depth: FloatMap
    sigma: FloatMap
    all_in_focus: NDArray[np.uint8]
    sweep_id: int
    slices_seen: int
    final: bool
    unit: str
    exposure_mid_ns: int
    near_limit: float
    far_limit: float
    intrinsics: Intrinsics | None
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalMap:
    """What is recorded of every final map of the live run, even when the map itself is not."""

    sweep_id: int
    slices_seen: int
    model: str
    engine: str
    digest: str
