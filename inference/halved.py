"""Depth computed on images of half the size, and brought back to full size along the edges of the picture."""

from dataclasses import dataclass
from typing import Generic

import cv2
import numpy as np
from numpy.typing import NDArray

from focstream.depth_update import FloatMap
from focstream.focal_slice import Image
from inference.depth_model import DepthMaps, DepthModel, Features, State
from inference.sharpness.contrast import contrast_energy
from inference.sharpness.noise import estimate_noise
from inference.sharpness.peak import Peak
from inference.sharpness.pixels import half_shape, pyramid, to_grey, to_uint8
from inference.sharpness.upsample import upsample

_HALF = 127  # of 255: where more than half of the neighbours chose this slice


@dataclass(frozen=True, slots=True, kw_only=True)
class HalvedFeatures(Generic[Features]):
    """What one slice says.

    Attributes
    ----------
    image
        The slice at its full size, for the all-in-focus image.
    sharpness
        (H/2, W/2) float32 focus measure of it.
    features
        Those of the model, from the image of half the size.
    """

    image: Image
    sharpness: FloatMap
    features: Features


@dataclass(frozen=True, slots=True, kw_only=True)
class HalvedState(Generic[State]):
    """What all slices said. The maps are updated in place: one owner at a time.

    Attributes
    ----------
    best_sharpness
        (H/2, W/2) float32 highest focus measure so far.
    all_in_focus
        (H, W) or (H, W, 3) uint8 image of the sharpest slice at every pixel.
    state
        That of the model.
    """

    best_sharpness: FloatMap
    all_in_focus: NDArray[np.uint8]
    state: State


class HalvedModel(Generic[Features, State]):
    """A `DepthModel` that lets another one work at half the size, for a quarter of its time.

    The all-in-focus image is kept at full size by running selection; maps are brought to its size by joint
    bilateral upsampling (`inference.sharpness.upsample`). Two of these inside each other make a quarter.

    Parameters
    ----------
    model
        Computes depth; it may be shared.
    """

    def __init__(self, model: DepthModel[Features, State]) -> None:
        self._model = model

    @property
    def name(self) -> str:
        """Name of the model inside."""
        return self._model.name

    @property
    def engine(self) -> str:
        """What computes it, and that it does so at half the size."""
        return f"{self._model.engine}, halved"

    def encode(self, image: Image, sweep_coordinate: float) -> HalvedFeatures[Features]:
        """Features of one slice. See `DepthModel.encode`."""
        features = self._model.encode(_half(image), sweep_coordinate)
        return HalvedFeatures(image=image, sharpness=_sharpness(image), features=features)

    def initial_state(self, shape: tuple[int, ...], *, chosen: bool = False) -> HalvedState[State]:
        """State before the first slice of images (H, W) or (H, W, 3)."""
        half = half_shape((shape[0], shape[1]))
        return HalvedState(
            best_sharpness=np.full(half, -np.inf, np.float32),
            all_in_focus=np.zeros(shape, np.uint8),
            state=self._model.initial_state((*half, *shape[2:]), chosen=chosen),
        )

    def update(self, features: HalvedFeatures[Features], state: HalvedState[State]) -> HalvedState[State]:
        """Add one slice. See `DepthModel.update`."""
        inner = self._model.update(features.features, state.state)
        return _selected(features.image, features.sharpness, state=state, inner=inner)

    def decode(self, state: HalvedState[State]) -> DepthMaps:
        """Return the maps as known now. See `DepthModel.decode`."""
        return full_size(self._model.decode(state.state), state.all_in_focus.copy())

    def step(
        self, image: Image, sweep_coordinate: float, state: HalvedState[State]
    ) -> tuple[HalvedState[State], DepthMaps]:
        """Add one slice, and return the maps with it. See `DepthModel.step`."""
        inner, maps = self._model.step(_half(image), sweep_coordinate, state.state)
        after = _selected(image, _sharpness(image), state=state, inner=inner)
        return after, full_size(maps, after.all_in_focus.copy())

    def advance(self, image: Image, sweep_coordinate: float, state: HalvedState[State]) -> HalvedState[State]:
        """Add one slice. See `DepthModel.advance`."""
        inner = self._model.advance(_half(image), sweep_coordinate, state.state)
        return _selected(image, _sharpness(image), state=state, inner=inner)


def _half(image: Image) -> Image:
    return cv2.pyrDown(image)  # type: ignore[return-value]


def _sharpness(image: Image) -> FloatMap:
    """(H/2, W/2) float32 focus measure, from the image at half its size: noise counts less there."""
    grey = to_grey(image)
    energy, _ = contrast_energy(pyramid(grey, levels=2)[1], scale=1, noise=estimate_noise(grey))
    return energy


def _selected(
    image: Image, sharpness: FloatMap, *, state: HalvedState[State], inner: State
) -> HalvedState[State]:
    """Take over, in place, the pixels where this slice is the sharpest so far."""
    sharper = sharpness > state.best_sharpness
    np.maximum(sharpness, state.best_sharpness, out=state.best_sharpness)
    height, width = state.all_in_focus.shape[:2]
    share = cv2.pyrUp(sharper.astype(np.uint8) * np.uint8(255), dstsize=(width, height))
    cv2.copyTo(to_uint8(image), (share > _HALF).view(np.uint8), state.all_in_focus)
    return HalvedState(best_sharpness=state.best_sharpness, all_in_focus=state.all_in_focus, state=inner)


def full_size(maps: DepthMaps, picture: NDArray[np.uint8]) -> DepthMaps:
    """Bring maps of half the size to that of the picture, along its edges.

    Parameters
    ----------
    maps
        (H/2, W/2) maps; NaN = no depth.
    picture
        (H, W) or (H, W, 3) uint8 all-in-focus image.
    """
    guide, half_guide = pyramid(to_grey(picture), levels=2)
    variance = np.square(maps.coordinate_sigma) + _spread(maps.coordinate)
    half = Peak(coordinate=maps.coordinate, variance=variance)
    full = upsample(half, guide=guide, half_guide=half_guide)
    return DepthMaps(
        coordinate=full.coordinate, coordinate_sigma=np.sqrt(full.variance), all_in_focus=picture
    )


def _spread(coordinate: FloatMap) -> FloatMap:
    """Variance of the known coordinates in 3 x 3 pixels: what a pixel in between may have instead.

    Unknown pixels are counted out beforehand: OpenCV's running sums would carry a NaN on to all that follow.
    """
    is_known = np.isfinite(coordinate)
    known = np.where(is_known, coordinate, np.float32(0.0))
    share = np.maximum(cv2.blur(is_known.astype(np.float32), (3, 3)), np.float32(1e-6))
    mean = cv2.blur(known, (3, 3)) / share
    spread = cv2.blur(known * known, (3, 3)) / share - mean * mean
    return np.maximum(spread, np.float32(0.0))
