"""The image in which every pixel is sharp, kept by running selection."""

import cv2
import numpy as np

from focstream.depth_update import FloatMap
from inference.sharpness.pixels import enlarged, to_uint8
from inference.sharpness.state import SharpnessFeatures, SharpnessState

_HALF = 127


def select_sharper(state: SharpnessState, *, features: SharpnessFeatures) -> None:
    """Take over, in place, the pixels where this slice is the sharpest so far.

    The sharpness of all scales is added: where there is no fine detail, its noise is outvoted by the
    coarse scales, so that neighbouring pixels come from one slice.
    """
    sharpness = _all_scales(features.energies)
    sharper = sharpness > state.best_sharpness
    np.maximum(sharpness, state.best_sharpness, out=state.best_sharpness)
    height, width = state.all_in_focus.shape[:2]
    share = cv2.pyrUp(sharper.astype(np.uint8) * np.uint8(255), dstsize=(width, height))
    mask = (share > _HALF).view(np.uint8)
    cv2.copyTo(to_uint8(features.image), mask, state.all_in_focus)


def _all_scales(energies: tuple[FloatMap, ...]) -> FloatMap:
    total = energies[-1]
    for finer in reversed(energies[:-1]):
        shape = (finer.shape[0], finer.shape[1])
        total = finer + (total if total.shape == shape else enlarged(total, shape=shape))
    return total
