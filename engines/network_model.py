"""The network as a `DepthModel`: images of any kind and size on one side, a runner's arrays on the other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, cast

import numpy as np

from engines.base import EachEncoder, Features, Runner, State
from engines.errors import EngineError
from engines.pictures import Pictures, on_pictures, padded
from engines.weights_info import WeightsInfo
from focstream.focal_slice import Image
from inference.depth_model import DepthMaps, DepthModel


@dataclass(slots=True, kw_only=True)
class StreamState(Generic[State]):
    """A runner's state, and the (H, W) or (H, W, 3) shape of the images it is of."""

    state: State
    shape: tuple[int, ...]


class NetworkModel(DepthModel[Features, StreamState[State]]):
    """FocDepthFormer, computed by any runner.

    Parameters
    ----------
    runner
        Computes the network; it may be shared.
    info
        Of the weights that the runner has.
    instead
        Opens another runner for one that does not get ready, or raises why there is none; None = never.
    """

    def __init__(
        self,
        runner: Runner[Features, State],
        info: WeightsInfo,
        *,
        instead: Callable[[EngineError], Runner[Features, State]] | None = None,
    ) -> None:
        self._info = info
        self._use(runner)
        self._instead = instead
        self._warm: set[tuple[int, ...]] = set()

    def _get_ready(self, shape: tuple[int, ...]) -> None:
        """Warm up, or go on with another runner; not once there are states of this one."""
        while shape not in self._warm:
            is_first = not self._warm
            self._warm.add(shape)
            try:
                self._warm_up(shape)
            except EngineError as error:
                self._warm.discard(shape)
                if self._instead is None or not is_first:
                    raise
                self._use(self._instead(error))

    def _use(self, runner: Runner[Features, State]) -> None:
        self._runner = runner
        self._pictures = on_pictures(runner, sigma_per_scale=self._info.sigma_per_scale)

    def _warm_up(self, shape: tuple[int, ...]) -> None:
        """Let graphs be built, kernels be compiled and threads be made now, rather than when slices come."""
        state = self.initial_state(shape)
        image = np.zeros(shape, np.uint8)
        state = self.update(self.encode(image, 0.0), state)
        state = self.advance(image, 0.5, state)
        state, _ = self.step(image, 1.0, state)
        self.decode(state)

    @property
    def name(self) -> str:
        """Name of the weights."""
        return self._info.name

    @property
    def engine(self) -> str:
        """What computes it, and how precisely."""
        return self._runner.engine

    def encode(self, image: Image, sweep_coordinate: float) -> Features:
        """Features of one slice. See `DepthModel.encode`."""
        return self._pictures.encode_pictures(image[None], np.array([sweep_coordinate], np.float32))

    @property
    def encodes_batches(self) -> bool:
        """Whether the runner can encode several slices in one call."""
        return isinstance(self._runner, EachEncoder)

    def encode_batch(self, images: Sequence[Image], coordinates: Sequence[float]) -> Sequence[Features]:
        """Features of each of several slices of one shape and type, in one call, where `encodes_batches`.

        They may differ in the last digits from those of slices encoded one by one.
        """
        assert isinstance(self._runner, EachEncoder)
        together = cast("Pictures", np.stack(images))
        batch = self._pictures.encode_pictures(together, np.asarray(coordinates, np.float32))
        return self._runner.each(batch)

    def initial_state(self, shape: tuple[int, ...], *, chosen: bool = False) -> StreamState[State]:  # noqa: ARG002
        """State before the first slice of images (H, W) or (H, W, 3); the first of a size takes its time.

        The network judges by the blur how far away is what it has not reached: it need not know of `chosen`.
        """
        self._get_ready(shape)
        height, width = padded(shape)
        return StreamState(state=self._runner.initial_state((1, height, width)), shape=shape)

    def update(self, features: Features, state: StreamState[State]) -> StreamState[State]:
        """Add one slice. See `DepthModel.update`."""
        return StreamState(state=self._runner.update(features, state.state), shape=state.shape)

    def decode(self, state: StreamState[State]) -> DepthMaps:
        """Return the maps as known now. See `DepthModel.decode`."""
        return self._pictures.decode_pictures(state.state, state.shape)

    def step(
        self, image: Image, sweep_coordinate: float, state: StreamState[State]
    ) -> tuple[StreamState[State], DepthMaps]:
        """Add one slice, and return the maps with it. See `DepthModel.step`."""
        coordinates = np.array([sweep_coordinate], np.float32)
        after, maps = self._pictures.step_pictures(image[None], coordinates, state.state)
        return StreamState(state=after, shape=state.shape), maps

    def advance(self, image: Image, sweep_coordinate: float, state: StreamState[State]) -> StreamState[State]:
        """Add one slice. See `DepthModel.advance`."""
        coordinates = np.array([sweep_coordinate], np.float32)
        after = self._pictures.advance_pictures(image[None], coordinates, state.state)
        return StreamState(state=after, shape=state.shape)
