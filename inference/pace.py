"""How many slices a second a model takes here, measured."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from focstream.demand import Speed
from focstream.focal_slice import Image
from focstream.pipeline import MAPS_SKIPPED_AT_MOST
from inference.depth_model import DepthModel

_WARM_UP = 2
_COUNTED = 3
_ENOUGH_S = 1.0
"""A model that is slow says so at once: no more than this is spent on it, beyond its first slices."""


def measure_speed(model: DepthModel[Any, Any], shape: tuple[int, ...]) -> Speed:
    """Return how fast `model` takes slices of (H, W) or (H, W, 3): with every map, and with one in ten.

    One in ten is what the pipeline makes while slices wait (`focstream.pipeline.MAPS_SKIPPED_AT_MOST`).
    """
    slices_s = measure_slices_s(model, shape)
    step_s, advance_s = 1 / slices_s, _advance_s(model, shape)
    together = MAPS_SKIPPED_AT_MOST + 1
    most_s = (MAPS_SKIPPED_AT_MOST * min(advance_s, step_s) + step_s) / together
    return Speed(slices_s=slices_s, most_slices_s=1 / most_s)


def measure_slices_s(model: DepthModel[Any, Any], shape: tuple[int, ...]) -> float:
    """Slices a second that `model` takes, a map with each: the median of three after a warm-up of two.

    Parameters
    ----------
    shape
        (H, W) or (H, W, 3) of the images.
    """

    def step(image: Image, coordinate: float, state: object) -> object:
        return model.step(image, coordinate, state)[0]

    return 1.0 / _median_s(step, model.initial_state(shape), shape)


def _advance_s(model: DepthModel[Any, Any], shape: tuple[int, ...]) -> float:
    return _median_s(model.advance, model.initial_state(shape), shape)


def _median_s(take: Callable[[Image, float, Any], object], state: object, shape: tuple[int, ...]) -> float:
    """Return the median time of a slice, after the warm-up."""
    image = np.random.default_rng(0).integers(0, 255, shape, dtype=np.uint8)
    spent_s: list[float] = []
    for k in range(_WARM_UP + _COUNTED):
        started_s = time.perf_counter()
        state = take(image, k / (_WARM_UP + _COUNTED - 1), state)
        spent_s.append(time.perf_counter() - started_s)
        if k >= _WARM_UP and sum(spent_s) > _ENOUGH_S:
            break
    return float(np.median(spent_s[_WARM_UP:]))
