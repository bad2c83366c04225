"""Images as cameras give them on one side, maps as they are published on the other.

A runner by itself takes float32 images of whole patches, and gives a logarithm and a float32 picture. A
stream has integers of any size, and maps have a σ and a picture of integers. A `PictureRunner` does all of
that in its graphs; `HostPictures` does it on the host, for any other runner.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, cast, runtime_checkable

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.base import Features, FloatArray, NetworkMaps, Runner, State
from focstream.types import InputError
from inference.depth_model import DepthMaps
from inference.network.config import PATCH_PX

Pictures = NDArray[np.uint8] | NDArray[np.uint16]
"""(B, H, W) or (B, H, W, 3) images as cameras give them, of any size."""
FULL_SCALE = 255.0
"""Of all-in-focus pictures, whatever the bits of the slices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureFormat:
    """What images of a stream have in common.

    Attributes
    ----------
    shape
        (B, H, W) or (B, H, W, 3). The type of the values is no part of it: graphs are compiled for a format
        before the first image shows how many bits it has.
    """

    shape: tuple[int, ...]

    def __str__(self) -> str:
        """Such as "480x640x3": what compiled graphs are kept under."""
        return "x".join(map(str, self.shape[1:]))

    @property
    def size_px(self) -> tuple[int, int]:
        """Height and width."""
        return self.shape[1], self.shape[2]

    @property
    def colour(self) -> bool:
        """Whether there are three channels, blue-green-red."""
        return len(self.shape) > 3

    @property
    def padded_shape(self) -> tuple[int, int, int]:
        """(B, H', W') in whole patches, as runners take it."""
        return (self.shape[0], *padded(self.shape[1:]))


Encoded = TypeVar("Encoded", covariant=True)


@runtime_checkable
class PictureRunner(Protocol[Encoded, State]):
    """A runner that takes images as cameras give them, and gives maps as they are published.

    States and features are those of the runner, for `PictureFormat.padded_shape`.
    """

    def encode_pictures(self, pictures: Pictures, coordinates: FloatArray) -> Encoded:
        """Features of (B, H, W) or (B, H, W, 3) images at (B,) sweep coordinates; as `Runner.encode`."""
        ...

    def decode_pictures(self, state: State, shape: tuple[int, ...]) -> DepthMaps:
        """Return the maps of the first of the batch, for images of `shape`, (H, W) or (H, W, 3)."""
        ...

    def step_pictures(
        self, pictures: Pictures, coordinates: FloatArray, state: State
    ) -> tuple[State, DepthMaps]:
        """Encode, update and decode at once, as `Runner.step`."""
        ...

    def advance_pictures(self, pictures: Pictures, coordinates: FloatArray, state: State) -> State:
        """Do as `step_pictures`, to the last bit of the state, but without the maps."""
        ...


class HostPictures(PictureRunner[Features, State]):
    """Any runner, with all that is not the network done by the host.

    Parameters
    ----------
    runner
        Takes float32 images of whole patches.
    sigma_per_scale
        Of its weights (`engines.weights_info.WeightsInfo`).
    """

    def __init__(self, runner: Runner[Features, State], *, sigma_per_scale: float) -> None:
        self._runner = runner
        self._sigma_per_scale = sigma_per_scale

    def encode_pictures(self, pictures: Pictures, coordinates: FloatArray) -> Features:
        """See `PictureRunner.encode_pictures`."""
        return self._runner.encode(_inputs(pictures), coordinates)

    def decode_pictures(self, state: State, shape: tuple[int, ...]) -> DepthMaps:
        """See `PictureRunner.decode_pictures`."""
        return self._finished(self._runner.decode(state), shape)

    def step_pictures(
        self, pictures: Pictures, coordinates: FloatArray, state: State
    ) -> tuple[State, DepthMaps]:
        """See `PictureRunner.step_pictures`."""
        after, maps = self._runner.step(_inputs(pictures), coordinates, state)
        return after, self._finished(maps, pictures.shape[1:])

    def advance_pictures(self, pictures: Pictures, coordinates: FloatArray, state: State) -> State:
        """See `PictureRunner.advance_pictures`."""
        return self._runner.advance(_inputs(pictures), coordinates, state)

    def _finished(self, maps: NetworkMaps, shape: tuple[int, ...]) -> DepthMaps:
        return to_maps(maps, shape=shape, sigma_per_scale=self._sigma_per_scale)


def on_pictures(runner: Runner[Features, State], *, sigma_per_scale: float) -> PictureRunner[Features, State]:
    """Return the runner itself where it takes pictures, else the host's work around it."""
    if isinstance(runner, PictureRunner):
        return runner
    return HostPictures(runner, sigma_per_scale=sigma_per_scale)


def padded(shape: Sequence[int]) -> tuple[int, int]:
    """Height and width in whole patches."""
    return shape[0] + -shape[0] % PATCH_PX, shape[1] + -shape[1] % PATCH_PX


def bits_of(kind: np.dtype[Any]) -> int:
    """Return how many bits values of images of this type have: 8 or 16.

    Raises
    ------
    InputError
        For a type that cameras do not have.
    """
    for known in (np.uint8, np.uint16):
        if kind.newbyteorder("=") == known:
            return 8 * kind.itemsize
    raise InputError(f"images of {kind}: engines take uint8 or uint16; convert them first")


def share_of(kind: np.dtype[Any]) -> np.float32:
    """Return what an image of this type is multiplied by to be 0 … 1; see `bits_of` for what is raised."""
    return np.float32(1.0 / (2 ** bits_of(kind) - 1))


def as_shares(pictures: Pictures) -> FloatArray:
    """Return float32, 0 … 1, of the same shape, in memory of its own."""
    shares = pictures.astype(np.float32, order="C")
    shares *= share_of(pictures.dtype)
    return shares


def to_input(image: Pictures) -> FloatArray:
    """(H, W) or (H, W, 3) uint8 or uint16 → (H', W', 3) float32, 0 … 1, edges repeated to whole patches."""
    height, width = padded(image.shape)
    down, right = height - image.shape[0], width - image.shape[1]
    if down or right:
        image = cast("Pictures", cv2.copyMakeBorder(image, 0, down, 0, right, cv2.BORDER_REPLICATE))
    scaled = as_shares(image)
    return cast("FloatArray", cv2.cvtColor(scaled, cv2.COLOR_GRAY2BGR)) if scaled.ndim == 2 else scaled


def to_maps(maps: NetworkMaps, *, shape: tuple[int, ...], sigma_per_scale: float) -> DepthMaps:
    """Cut the maps of the first of the batch to `shape`, and turn the Laplace scale into a σ."""
    height, width = shape[:2]
    return DepthMaps(
        coordinate=np.ascontiguousarray(maps.coordinate[0, :height, :width]),
        coordinate_sigma=to_sigma(maps.log_scale[0, :height, :width], sigma_per_scale),
        all_in_focus=_to_picture(maps.all_in_focus[0, :height, :width], grey=len(shape) == 2),
    )


def to_sigma(log_scale: FloatArray, sigma_per_scale: float, *, out: FloatArray | None = None) -> FloatArray:
    """Return the σ of a logarithm of Laplace scales, in memory of its own or in `out`."""
    sigma: FloatArray = np.exp(log_scale, out=out)
    sigma *= np.float32(sigma_per_scale)
    return sigma


def _inputs(pictures: Pictures) -> FloatArray:
    if len(pictures) == 1:
        return to_input(pictures[0])[None]
    return np.stack([to_input(picture) for picture in pictures])


def _to_picture(image: FloatArray, *, grey: bool) -> NDArray[np.uint8]:
    """(H, W, 3) 0 … 1 → uint8, one channel if the slices had one."""
    if grey:
        return _to_bytes(image[..., 1])
    if image.strides[2] < image.strides[1]:  # pixel by pixel; else plane by plane
        return _to_bytes(image)
    planes = [_to_bytes(image[..., channel]) for channel in range(3)]
    return cast("NDArray[np.uint8]", cv2.merge(planes))


def _to_bytes(image: FloatArray) -> NDArray[np.uint8]:
    return cast("NDArray[np.uint8]", cv2.convertScaleAbs(np.ascontiguousarray(image), alpha=FULL_SCALE))
