"""A model that only remembers what it was shown, and sweeps to show it."""

from dataclasses import dataclass, field

import numpy as np

from inference.depth_model import DepthMaps, DepthModel
from tests.inference.slices import focal_slice

BLANK = np.zeros((4, 6), np.uint8)


@dataclass
class Memory:
    """State: the sweep coordinates of the slices seen."""

    seen: list[float] = field(default_factory=list)


class MemoryModel(DepthModel[float, Memory]):
    """Publishes what it has seen as the first values of the coordinate map."""

    name = "memory"
    engine = "none"

    def __init__(self):
        self.encoded = 0

    def encode(self, image, sweep_coordinate):
        self.encoded += 1
        return sweep_coordinate

    def initial_state(self, shape, *, chosen=False):
        return Memory()

    def update(self, features, state):
        state.seen.append(features)
        return state

    def decode(self, state):
        coordinate = np.array(state.seen, np.float32)
        return DepthMaps(coordinate=coordinate, coordinate_sigma=coordinate, all_in_focus=BLANK)


class OtherStep(MemoryModel):
    """A model whose `step` computes something else than its parts, and `advance` with it."""

    def advance(self, image, sweep_coordinate, state):
        return self.update(sweep_coordinate + 10.0, state)


def play(estimator, slices):
    updates = [estimator.push(one) for one in slices] + [estimator.finish()]
    return [update for update in updates if update is not None]


def sweep(number, *, slices=3, last=True, image=BLANK):
    return [
        focal_slice(image, number + k / 100, sweep=number, last=last and k == slices - 1)
        for k in range(slices)
    ]


def seen(update):
    return [round(float(value), 2) for value in update.coordinate]
