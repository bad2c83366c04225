"""Which part of a canvas has to be transformed so that one surface is blurred rightly."""

from dataclasses import dataclass

import cv2
import numpy as np

from capture.simulator.optics.surface import FloatImage


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Along one axis: canvas pixels that matter, the visible ones they reach, and the transform's size."""

    window: slice
    target: slice
    source: slice
    size: int


def span_of(covered: FloatImage, *, margin_px: int, reach_px: int) -> Span | None:
    """Crop along one axis, given the largest coverage of each row or column; None when out of reach.

    The transform is so long that what it wraps around falls outside the target, and the source, which may
    begin before the window, wraps by intent.
    """
    filled = np.flatnonzero(covered > 0.0)
    visible_end = len(covered) - margin_px
    if filled.size == 0:
        return None
    target_start = max(int(filled[0]) - reach_px, margin_px)
    target_end = min(int(filled[-1]) + 1 + reach_px, visible_end)
    if target_start >= target_end:
        return None
    start = max(int(filled[0]), target_start - reach_px)
    end = min(int(filled[-1]) + 1, target_end + reach_px)
    origin = min(start, target_start)
    size = cv2.getOptimalDFTSize(max(end - target_start, target_end - start) + reach_px)
    return Span(
        window=slice(origin, end),
        target=slice(target_start - margin_px, target_end - margin_px),
        source=slice(target_start - origin, target_end - origin),
        size=size,
    )
