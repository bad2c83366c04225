"""A model that takes no more than so many slices a second: to try on a fast computer what a slow one does."""

import time
from collections.abc import Callable
from typing import Generic

from focstream.focal_slice import Image
from inference.depth_model import DepthMaps, DepthModel, Features, State


class SlowedModel(Generic[Features, State]):
    """A `DepthModel` that computes what another one does, and then waits until its time is over.

    Parameters
    ----------
    model
        Computes depth.
    slices_s
        Slices a second, at most.
    sleep
        How to wait some seconds.

    Attributes
    ----------
    slices_s
        As given.
    """

    def __init__(
        self,
        model: DepthModel[Features, State],
        *,
        slices_s: float,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._model = model
        self.slices_s = slices_s
        self._sleep = sleep

    @property
    def name(self) -> str:
        """Name of the model inside."""
        return self._model.name

    @property
    def engine(self) -> str:
        """What computes it, and that it is slowed."""
        return f"{self._model.engine}, slowed"

    def encode(self, image: Image, sweep_coordinate: float) -> Features:
        """Features of one slice, after as long as a slice takes. See `DepthModel.encode`."""
        started_s = time.monotonic()
        features = self._model.encode(image, sweep_coordinate)
        self._wait(started_s)
        return features

    def initial_state(self, shape: tuple[int, ...], *, chosen: bool = False) -> State:
        """State before the first slice."""
        return self._model.initial_state(shape, chosen=chosen)

    def update(self, features: Features, state: State) -> State:
        """Add one slice. See `DepthModel.update`."""
        return self._model.update(features, state)

    def decode(self, state: State) -> DepthMaps:
        """Return the maps as known now. See `DepthModel.decode`."""
        return self._model.decode(state)

    def step(self, image: Image, sweep_coordinate: float, state: State) -> tuple[State, DepthMaps]:
        """Add one slice, and return the maps with it, after as long as a slice takes."""
        started_s = time.monotonic()
        result = self._model.step(image, sweep_coordinate, state)
        self._wait(started_s)
        return result

    def advance(self, image: Image, sweep_coordinate: float, state: State) -> State:
        """Add one slice, after as long as a slice takes."""
        started_s = time.monotonic()
        after = self._model.advance(image, sweep_coordinate, state)
        self._wait(started_s)
        return after

    def _wait(self, started_s: float) -> None:
        self._sleep(max(started_s + 1.0 / self.slices_s - time.monotonic(), 0.0))
