"""Cuts one picture with vergence into surfaces that the thin-lens renderer blurs with right occlusion."""

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.simulator.optics.surface import FloatImage, Surface, float_image

PYRAMID_LEVELS = 5


def layer_picture(
    radiance: FloatImage, coordinate: FloatImage, *, layers: int, reach_px: int
) -> tuple[Surface, ...]:
    """Cut a picture into layers of vergence, each continued behind the nearer ones beside it.

    What lies behind an edge is not in the picture, but blur shows it. So every layer is continued under
    nearer ones by as far as blur reaches, in colours spread from its own pixels. The continuation also closes
    the seams of slanted surfaces, whose neighbouring layers would otherwise both fade where they meet.

    Parameters
    ----------
    radiance
        (H, W, 3) float32 linear light.
    coordinate
        (H, W) float32 vergence in any linear unit, such as the sweep coordinate.
    layers
        How many, at most; empty ones are left out.
    reach_px
        How far a layer is continued.

    Returns
    -------
    surfaces
        Far to near. The vergence of each is the picture's own, within the layer.
    """
    low, high = float(coordinate.min()), float(coordinate.max())
    step = max((high - low) / layers, 1e-6)
    index = np.minimum(((coordinate - low) / step).astype(np.int32), layers - 1)
    side = 2 * reach_px + 1
    near_kernel = np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)
    return tuple(
        _layer(radiance, coordinate, own=index == k, nearer=index > k, kernel=near_kernel)
        for k in range(layers)
        if np.any(index == k)
    )


def _layer(
    radiance: FloatImage,
    coordinate: FloatImage,
    *,
    own: NDArray[np.bool_],
    nearer: NDArray[np.bool_],
    kernel: NDArray[np.uint8],
) -> Surface:
    mask = own.astype(np.float32)
    reached = cv2.dilate(own.astype(np.uint8), kernel).astype(bool)
    spread = spread_colours(np.dstack((radiance, coordinate)), mask)
    kept = own[..., None]
    values = np.where(kept, np.dstack((radiance, coordinate)), spread)
    return Surface(
        radiance=np.ascontiguousarray(values[..., :3]),
        coverage=(own | (reached & nearer)).astype(np.float32),
        vergence_dpt=np.ascontiguousarray(values[..., 3]),
    )


def spread_colours(values: FloatImage, mask: FloatImage) -> FloatImage:
    """Fill (H, W, C) `values` where `mask` is 0 from where it is 1, over a pyramid (pull and push)."""
    weighted = [np.dstack((values * mask[..., None], mask))]
    for _ in range(PYRAMID_LEVELS):
        weighted.append(cv2.pyrDown(weighted[-1]))
    filled = weighted[-1] + 1e-8
    for level in reversed(weighted[:-1]):
        size = (level.shape[1], level.shape[0])
        coarse = float_image(cv2.resize(filled, size, interpolation=cv2.INTER_LINEAR))
        coarse /= np.maximum(coarse[..., -1:], np.float32(1e-8))
        # where a level knows something itself, that weighs far more than what comes from below
        filled = level + 1e-3 * coarse
    return np.asarray(filled[..., :-1] / np.maximum(filled[..., -1:], 1e-8), np.float32)
