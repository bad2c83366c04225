"""What every engine does: compute the network's parts. Arrays go in and come out; states stay inside."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerTime:
    """What one layer took in the last run, as the engine measured it.

    Attributes
    ----------
    name, kind
        Of the operation in the graph, and what executes it.
    microseconds
        By the clock.
    """

    name: str
    kind: str
    microseconds: float


Features = TypeVar("Features")
State = TypeVar("State")


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkMaps:
    """What the network says after the slices so far; all of the padded size.

    Attributes
    ----------
    coordinate, log_scale
        (B, H, W) float32 sweep coordinate, and natural logarithm of its Laplace scale.
    all_in_focus
        (B, H, W, 3) float32 blue-green-red, 0 … 1.
    """

    coordinate: FloatArray
    log_scale: FloatArray
    all_in_focus: FloatArray


class Runner(Protocol[Features, State]):
    """Computes one network, with one precision, on one device.

    Height and width are multiples of 16. Features and states are handles that belong to the runner: arrays,
    or memory of a device. Inherit from this for `step` and `advance` made of the other three.
    """

    @property
    def engine(self) -> str:
        """Name and precision, such as ``"openvino bf16"``."""
        ...

    def encode(self, images: FloatArray, coordinates: FloatArray) -> Features:
        """Features of (B, H, W, 3) blue-green-red images, 0 … 1, at (B,) sweep coordinates."""
        ...

    def initial_state(self, shape: tuple[int, int, int]) -> State:
        """State before the first slice, for `shape` (B, H, W)."""
        ...

    def update(self, features: Features, state: State) -> State:
        """State with one slice more. May reuse the memory of `state`: use only what is returned."""
        ...

    def decode(self, state: State) -> NetworkMaps:
        """Return the maps as known now; the state stays as it is."""
        ...

    def step(self, images: FloatArray, coordinates: FloatArray, state: State) -> tuple[State, NetworkMaps]:
        """Encode, update and decode at once, the common case; `state` as for `update`."""
        after = self.advance(images, coordinates, state)
        return after, self.decode(after)

    def advance(self, images: FloatArray, coordinates: FloatArray, state: State) -> State:
        """Do as `step`, to the last bit of the state, but without the maps."""
        return self.update(self.encode(images, coordinates), state)


@runtime_checkable
class EachEncoder(Protocol[Features]):
    """A runner that can encode several slices in one call, for replays."""

    def each(self, features: Features) -> Sequence[Features]:
        """Return the features of each slice of a batch, as `Runner.update` takes them.

        They may differ in the last digits from those of slices encoded one by one: engines choose their
        kernels by the size of the batch.
        """
        ...


@runtime_checkable
class OnDevice(Protocol):
    """A runner whose work goes on by itself, on a device with memory of its own."""

    @property
    def free_bytes(self) -> int:
        """Memory of the device that nobody has taken."""
        ...

    def synchronise(self) -> None:
        """Wait for all work that was begun."""
        ...

    def close(self) -> None:
        """Give back what the runner holds, in the order that the device wants; nothing can be run then."""
        ...
