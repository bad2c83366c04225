"""The network as a `DepthModel`: images of any kind and size on one side, a runner's arrays on the other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.base import EachEncoder, Features, FloatArray, NetworkMaps, Runner, State
from engines.errors import EngineError
from engines.weights_info import WeightsInfo
from focstream.focal_slice import Image
from inference.depth_model import DepthMaps, DepthModel
from inference.network.config import PATCH_PX


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
        self._runner = runner
        self._info = info
        self._instead = instead
        self._warm: set[tuple[int, int]] = set()

    def _get_ready(self, size_px: tuple[int, int]) -> None:
        """Warm up, or go on with another runner; not once there are states of this one."""
        while size_px not in self._warm:
            is_first = not self._warm
            self._warm.add(size_px)
            try:
                self._warm_up(size_px)
            except EngineError as error:
                self._warm.discard(size_px)
                if self._instead is None or not is_first:
                    raise
                self._runner = self._instead(error)

    def _warm_up(self, size_px: tuple[int, int]) -> None:
        """Let graphs be built, kernels be compiled and threads be made now, rather than when slices come."""
        state = self.initial_state(size_px)
        image = np.zeros(size_px, np.uint8)
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
        return self._runner.encode(to_input(image)[None], np.array([sweep_coordinate], np.float32))

    @property
    def encodes_batches(self) -> bool:
        """Whether the runner can encode several slices in one call."""
        return isinstance(self._runner, EachEncoder)

    def encode_batch(self, images: Sequence[Image], coordinates: Sequence[float]) -> Sequence[Features]:
        """Features of each of several slices of one shape and type, in one call, where `encodes_batches`.

        They may differ in the last digits from those of slices encoded one by one.
        """
        assert isinstance(self._runner, EachEncoder)
        together = np.stack([to_input(image) for image in images])
        return self._runner.encode_each(together, np.asarray(coordinates, np.float32))

    def initial_state(self, shape: tuple[int, ...]) -> StreamState[State]:
        """State before the first slice of images (H, W) or (H, W, 3); the first of a size takes its time."""
        height, width = padded(shape)
        self._get_ready((height, width))
        return StreamState(state=self._runner.initial_state((1, height, width)), shape=shape)

    def update(self, features: Features, state: StreamState[State]) -> StreamState[State]:
        """Add one slice. See `DepthModel.update`."""
        return StreamState(state=self._runner.update(features, state.state), shape=state.shape)

    def decode(self, state: StreamState[State]) -> DepthMaps:
        """Return the maps as known now. See `DepthModel.decode`."""
        return self._to_maps(self._runner.decode(state.state), state.shape)

    def step(
        self, image: Image, sweep_coordinate: float, state: StreamState[State]
    ) -> tuple[StreamState[State], DepthMaps]:
        """Add one slice, and return the maps with it. See `DepthModel.step`."""
        coordinates = np.array([sweep_coordinate], np.float32)
        after, maps = self._runner.step(to_input(image)[None], coordinates, state.state)
        return StreamState(state=after, shape=state.shape), self._to_maps(maps, state.shape)

    def advance(self, image: Image, sweep_coordinate: float, state: StreamState[State]) -> StreamState[State]:
        """Add one slice. See `DepthModel.advance`."""
        coordinates = np.array([sweep_coordinate], np.float32)
        after = self._runner.advance(to_input(image)[None], coordinates, state.state)
        return StreamState(state=after, shape=state.shape)

    def _to_maps(self, maps: NetworkMaps, shape: tuple[int, ...]) -> DepthMaps:
        return to_maps(maps, shape=shape, sigma_per_scale=self._info.sigma_per_scale)


def padded(shape: tuple[int, ...]) -> tuple[int, int]:
    """Height and width in whole patches."""
    return shape[0] + -shape[0] % PATCH_PX, shape[1] + -shape[1] % PATCH_PX


def to_input(image: Image) -> FloatArray:
    """(H, W) or (H, W, 3) uint8 or uint16 → (H', W', 3) float32, 0 … 1, edges repeated to whole patches."""
    colour = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR) if image.ndim == 2 else image
    height, width = padded(image.shape)
    down, right = height - image.shape[0], width - image.shape[1]
    if down or right:
        colour = cv2.copyMakeBorder(colour, 0, down, 0, right, cv2.BORDER_REPLICATE)
    return np.multiply(colour, np.float32(1.0 / np.iinfo(image.dtype).max), dtype=np.float32)


def to_maps(maps: NetworkMaps, *, shape: tuple[int, ...], sigma_per_scale: float) -> DepthMaps:
    """Cut the maps of the first of the batch to `shape`, and turn the Laplace scale into a σ."""
    height, width = shape[:2]
    sigma = np.exp(maps.log_scale[0, :height, :width])
    sigma *= np.float32(sigma_per_scale)
    return DepthMaps(
        coordinate=np.ascontiguousarray(maps.coordinate[0, :height, :width]),
        coordinate_sigma=sigma,
        all_in_focus=_to_picture(maps.all_in_focus[0, :height, :width], grey=len(shape) == 2),
    )


def _to_picture(image: FloatArray, *, grey: bool) -> NDArray[np.uint8]:
    """(H, W, 3) 0 … 1 → uint8, one channel if the slices had one."""
    if grey:
        return _to_bytes(image[..., 1])
    if image.strides[2] < image.strides[1]:  # pixel by pixel; else plane by plane
        return _to_bytes(image)
    planes = [_to_bytes(image[..., channel]) for channel in range(3)]
    return cv2.merge(planes)  # type: ignore[return-value]


def _to_bytes(image: FloatArray) -> NDArray[np.uint8]:
    return cv2.convertScaleAbs(np.ascontiguousarray(image), alpha=255.0)  # type: ignore[return-value]
