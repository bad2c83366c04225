"""Runs of graphs in the making: each with the memory that it reads and writes."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from engines.base import FloatArray
from engines.graphs.folder import GraphPart
from engines.graphs.state_layout import (
    COORDINATES,
    IMAGES,
    MAPS,
    NEXT,
    TensorSpec,
    feature_tensors,
    map_shapes,
    state_tensors,
)
from engines.pictures import PictureFormat, Pictures
from engines.tensorrt.borders import AT, PICTURES, Border, Shape, Wanted, at_border, border_ports, taking
from engines.tensorrt.device_arrays import DeviceArrays, DevicePool
from engines.tensorrt.part import Addresses
from engines.tensorrt.states import TensorRtFeatures, TensorRtState
from inference.network.config import NetworkConfig

_UINT8 = np.dtype(np.uint8)


class Run(NamedTuple):
    """One run of a graph, from one piece of memory to another."""

    wanted: Wanted
    inputs: Addresses
    outputs: Addresses


Made = tuple[DeviceArrays, Run]
"""What a run writes, and the run."""


class Runs:
    """Makes runs, on memory of a pool; those of a size come at the same addresses again and again.

    They are queued in the order in which they are made, before the next slice is. So memory may go back to
    the pool as soon as what reads it last is made.

    Parameters
    ----------
    pool
        Of the GPU.
    config
        Of the network.
    """

    def __init__(self, pool: DevicePool, config: NetworkConfig) -> None:
        self._pool = pool
        self._features = feature_tensors(config)
        self._state = state_tensors(config)
        self._begin: dict[Shape, DeviceArrays] = {}

    def fresh_state(self, shape: Shape) -> TensorRtState:
        """Return the state before the first slice."""
        if shape not in self._begin:
            self._begin[shape] = self._pool.upload({spec.name: spec.initial(*shape) for spec in self._state})
        return TensorRtState(shape=shape, now=self._begin[shape])

    def send(self, images: FloatArray, coordinates: FloatArray) -> DeviceArrays:
        """Queue a copy of slices as the network takes them; no graph has to run for it."""
        values = {IMAGES: images, COORDINATES: coordinates}
        return self._pool.upload({name: np.asarray(value, np.float32) for name, value in values.items()})

    def take(self, pictures: Pictures, coordinates: FloatArray) -> Made:
        """Queue a copy of slices as cameras give them, and return what makes slices for the network of it."""
        wanted = taking(pictures)
        given = self._pool.upload({PICTURES: pictures, AT: np.asarray(coordinates, np.float32)})
        slices = self._pool.take({IMAGES: (*wanted.shape, 3), COORDINATES: wanted.shape[:1]})
        return slices, Run(wanted, given.addresses, slices.addresses)

    def encode(self, slices: DeviceArrays) -> Made:
        """Return what makes features of slices."""
        batch, height_px, width_px, _ = slices.shapes[IMAGES]
        shape = batch, height_px, width_px
        features = self._take(self._features, shape)
        return features, Run(_part(GraphPart.ENCODE, shape), slices.addresses, features.addresses)

    def update(self, features: TensorRtFeatures, state: TensorRtState) -> Made:
        """Return what makes the state after slices, of their features."""
        after = self._after(state)
        at = {COORDINATES: features.slices.addresses[COORDINATES]}
        inputs = {**at, **features.features.addresses, **state.now.addresses}
        return after, Run(_part(GraphPart.UPDATE, state.shape), inputs, _following(after))

    def advance(self, slices: DeviceArrays, state: TensorRtState) -> Made:
        """Return what makes the state after slices, of them."""
        after = self._after(state)
        inputs = {**slices.addresses, **state.now.addresses}
        return after, Run(_part(GraphPart.ADVANCE, state.shape), inputs, _following(after))

    def decode(self, state: DeviceArrays, shape: Shape) -> Made:
        """Return what makes the maps of a state."""
        maps = self._pool.take(dict(zip(MAPS, map_shapes(shape), strict=True)))
        return maps, Run(_part(GraphPart.DECODE, shape), state.addresses, maps.addresses)

    def give(self, maps: DeviceArrays, pictures: PictureFormat) -> Made:
        """Return what makes maps as they are published, for images of this format."""
        ports = border_ports(Border.GIVE, pictures)
        given = self._pool.take(ports.outputs, dict.fromkeys(ports.uint8, _UINT8))
        return given, Run(at_border(Border.GIVE, pictures), maps.addresses, given.addresses)

    def _after(self, state: TensorRtState) -> DeviceArrays:
        return state.spare or self._take(self._state, state.shape)

    def _take(self, specs: Sequence[TensorSpec], shape: Shape) -> DeviceArrays:
        return self._pool.take({spec.name: spec.shape(*shape) for spec in specs})


def _part(part: GraphPart, shape: Shape) -> Wanted:
    return Wanted(part=part, shape=shape)


def _following(after: DeviceArrays) -> dict[str, int]:
    return {name + NEXT: address for name, address in after.addresses.items()}
