"""The seam between how depth is computed and how its state is kept over slices and sweeps."""

from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from focstream.depth_update import FloatMap
from focstream.focal_slice import Image

Features = TypeVar("Features")
State = TypeVar("State")


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthMaps:
    """What a model knows after the slices it has seen.

    Attributes
    ----------
    coordinate, coordinate_sigma
        (H, W) float32 sweep coordinate and its standard deviation; NaN = no depth.
    all_in_focus
        (H, W) or (H, W, 3) uint8, colour blue-green-red.
    """

    coordinate: FloatMap
    coordinate_sigma: FloatMap
    all_in_focus: NDArray[np.uint8]


class DepthModel(Protocol[Features, State]):
    """A recurrent estimator of depth: what one slice says, and how it adds to what is known.

    A model holds no state of a stream, so that two states may share the features of one slice. Time and
    memory of every method depend on the size of the image, never on the number of slices. Inherit from this
    for `step` and `advance` made of the other three.
    """

    @property
    def name(self) -> str:
        """Name of the model, as it is published."""
        ...

    @property
    def engine(self) -> str:
        """What computes it, such as ``"opencv"``."""
        ...

    def encode(self, image: Image, sweep_coordinate: float) -> Features:
        """Features of one slice; needs nothing from the other slices.

        Parameters
        ----------
        image
            (H, W) or (H, W, 3) uint8 or uint16.
        sweep_coordinate
            0 far … 1 near, linear in dioptres; overscan may leave [0, 1].
        """
        ...

    def initial_state(self, shape: tuple[int, ...], *, chosen: bool = False) -> State:
        """State before the first slice of images of this shape.

        Parameters
        ----------
        shape
            (H, W) or (H, W, 3).
        chosen
            Whether the places of the slices are chosen as the sweep goes: then nothing is expected where it
            does not go. Another sweep reaches the rest of its range by and by.
        """
        ...

    def update(self, features: Features, state: State) -> State:
        """State with one slice more. May reuse the memory of `state`: use only what is returned.

        The features stay as they are.
        """
        ...

    def decode(self, state: State) -> DepthMaps:
        """Return the maps as known now; the state stays as it is, and the maps share no memory with it."""
        ...

    def step(self, image: Image, sweep_coordinate: float, state: State) -> tuple[State, DepthMaps]:
        """Add one slice and return the maps with it: the common case.

        May be faster than `encode`, `update` and `decode` one after the other, and give other last digits.
        """
        after = self.advance(image, sweep_coordinate, state)
        return after, self.decode(after)

    def advance(self, image: Image, sweep_coordinate: float, state: State) -> State:
        """`step` for a slice whose maps nobody wants, to the last bit of the state.

        Depth must not depend on how busy a computer was, or a replay would not give the depth of the live
        run.
        """
        return self.update(self.encode(image, sweep_coordinate), state)
