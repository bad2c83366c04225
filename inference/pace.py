"""How many slices a second a model takes here, measured."""

import time
from typing import Any

import numpy as np

from inference.depth_model import DepthModel

_WARM_UP = 2
_COUNTED = 3
_ENOUGH_S = 1.0
"""A model that is slow says so at once: no more than this is spent on it, beyond its first slices."""


def measure_slices_s(model: DepthModel[Any, Any], shape: tuple[int, ...]) -> float:
    """Slices a second that `model` takes, a map with each: the median of three after a warm-up of two.

    Parameters
    ----------
    shape
        (H, W) or (H, W, 3) of the images.
    """
    image = np.random.default_rng(0).integers(0, 255, shape, dtype=np.uint8)
    state = model.initial_state(shape)
    spent_s: list[float] = []
    for k in range(_WARM_UP + _COUNTED):
        started_s = time.perf_counter()
        state, _ = model.step(image, k / (_WARM_UP + _COUNTED - 1), state)
        spent_s.append(time.perf_counter() - started_s)
        if k >= _WARM_UP and sum(spent_s) > _ENOUGH_S:
            break
    return 1.0 / float(np.median(spent_s[_WARM_UP:]))
