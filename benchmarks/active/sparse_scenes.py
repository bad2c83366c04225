"""Scenes that are empty over most of the sweep."""

import math
from typing import Literal

import numpy as np

from benchmarks.classical import OPTICS, SCALE
from capture.simulator.optics.surface import Scene
from capture.simulator.scenes.targets import intrinsics_of, wall

SparseKind = Literal["plane", "two distances"]

_ONE = 0.55
_TWO = (0.2, 0.8)
_SPARE_PX = 8
_OVERSCAN_DPT = 1.0  # as of other scenes: the focus may leave the sweep by as much


def sparse_scene(kind: SparseKind, seed: int, *, width_px: int, height_px: int) -> Scene:
    """Textured wall, all at one distance, or its halves at two with nothing between."""
    margin_px = math.ceil(OPTICS.blur_px_per_dpt * (SCALE.span_dpt / 2 + _OVERSCAN_DPT)) + _SPARE_PX
    shape = (height_px + 2 * margin_px, width_px + 2 * margin_px)
    coordinates = np.full(shape, _ONE, np.float32)
    if kind == "two distances":
        coordinates[:, : shape[1] // 2], coordinates[:, shape[1] // 2 :] = _TWO
    return wall(
        size_px=(width_px, height_px),
        margin_px=margin_px,
        vergence_dpt=np.asarray(SCALE.to_dpt(coordinates), np.float32),
        intrinsics=intrinsics_of(OPTICS, size_px=(width_px, height_px)),
        seed=seed,
    )
