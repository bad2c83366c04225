"""Scenes that can be looked at with any focus, without a camera."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.active.sparse_scenes import SparseKind, sparse_scene
from benchmarks.classical import OPTICS, READ_NOISE, SCALE, SHOT_NOISE
from capture.folder.source import StackFolder
from capture.folder.stack_reading import StackReading
from capture.simulator.config import SceneKind
from capture.simulator.optics.focus_volume import LightOverFocus, prerender
from capture.simulator.scenes.kinds import make_scene
from focstream.depth_update import FloatMap
from focstream.focal_slice import FocalSlice, Image


class VirtualLens(Protocol):
    """A scene under any focus."""

    @property
    def name(self) -> str:
        """Name for the table: what is alike is averaged."""
        ...

    @property
    def number(self) -> int:
        """Which of its name it is."""
        ...

    @property
    def truth(self) -> FloatMap | None:
        """(H, W) true sweep coordinate, NaN = unknown; None where it is that of the map of all slices."""
        ...

    @property
    def all_coordinates(self) -> Sequence[float]:
        """Sweep coordinates of all slices, far to near; empty where there are as many as wanted."""
        ...

    def at(self, coordinate: float) -> tuple[Image, float]:
        """Return the slice at a sweep coordinate, or the nearest there is, and where it was focused."""
        ...


class RenderedScene:
    """A `VirtualLens` over a rendered scene, with the noise of a camera, the same for the same focus.

    Parameters
    ----------
    kind, seed
        Of the scene.
    width_px, height_px
        Of the images.
    overscan
        How far beyond the sweep it may be focused, as a share of it.
    fills
        Share of the sweep that the scene fills, in its middle; sparse scenes are as they are.
    """

    all_coordinates: Sequence[float] = ()

    def __init__(
        self,
        kind: SceneKind | SparseKind,
        seed: int,
        *,
        width_px: int,
        height_px: int,
        overscan: float = 0.0,
        fills: float = 1.0,
    ) -> None:
        self.name: str = kind
        self.kind, self.fills = kind, fills
        self.number = self._seed = seed
        if kind == "plane" or kind == "two distances":
            scene = sparse_scene(kind, seed, width_px=width_px, height_px=height_px)
        else:
            empty_dpt = (1.0 - fills) / 2 * SCALE.span_dpt
            scene = make_scene(
                kind,
                seed,
                width_px=width_px,
                height_px=height_px,
                far_dpt=SCALE.far_dpt + empty_dpt,
                near_dpt=SCALE.near_dpt - empty_dpt,
                optics=OPTICS,
                overscan_dpt=1.0 + empty_dpt,
            )
        self.truth: FloatMap | None = _where_textured(
            SCALE.to_coordinate(scene.truth_vergence_dpt), scene.textured
        )
        beyond_dpt = overscan * SCALE.span_dpt
        limits_dpt = (SCALE.far_dpt - beyond_dpt, SCALE.near_dpt + beyond_dpt)
        self._light: LightOverFocus = prerender(
            scene, optics=OPTICS, far_dpt=limits_dpt[0], near_dpt=limits_dpt[1], workers=1
        )

    def at(self, coordinate: float) -> tuple[Image, float]:
        """Return the slice at a sweep coordinate."""
        light = self._light.at(SCALE.far_dpt + coordinate * SCALE.span_dpt)
        rng = np.random.default_rng([self._seed, round((1.0 + coordinate) * 1e6)])
        deviation = np.sqrt(READ_NOISE**2 + SHOT_NOISE**2 * light)
        noisy = light + deviation * rng.standard_normal(light.shape, np.float32)
        return np.clip(noisy * 255.0 + 0.5, 0.0, 255.0).astype(np.uint8), coordinate


@dataclass(frozen=True, slots=True, kw_only=True)
class DenseStack:
    """A `VirtualLens` over a stack that was taken: the nearest slice is given.

    Attributes
    ----------
    images
        Far to near.
    name, number, all_coordinates, truth
        As in `VirtualLens`.
    """

    name: str
    images: tuple[Image, ...]
    all_coordinates: Sequence[float]
    number: int = 0
    truth: FloatMap | None = None

    @classmethod
    def of(cls, path: Path, *, most_pixels: int, reverse: bool = False) -> "DenseStack":
        """Read a stack; its images are thinned to no more than `most_pixels`.

        Parameters
        ----------
        reverse
            Whether its files go from near to far.

        Raises
        ------
        InputError
            When it cannot be used.
        """
        slices = []
        with StackFolder(path, reading=StackReading(reverse=reverse)) as source:
            while (focal_slice := _next(source)) is not None:
                slices.append(focal_slice)
        slices.sort(key=lambda one: one.tag.sweep_coordinate)
        height, width = slices[0].image.shape[:2]
        step = int(np.ceil(np.sqrt(max(height * width / most_pixels, 1.0))))
        return cls(
            name=path.name,
            images=tuple(_thinned(one.image, step) for one in slices),
            all_coordinates=tuple(one.tag.sweep_coordinate for one in slices),
        )

    def at(self, coordinate: float) -> tuple[Image, float]:
        """Return the nearest slice, and where it was focused."""
        nearest = int(np.argmin(np.abs(np.asarray(self.all_coordinates) - coordinate)))
        return self.images[nearest], self.all_coordinates[nearest]


def _next(source: StackFolder) -> FocalSlice | None:
    try:
        return source.read(1.0)
    except EOFError:
        return None


def _thinned(image: Image, step: int) -> Image:
    """Shrink an image by the mean over squares of `step` pixels."""
    if step == 1:
        return image
    size_px = (image.shape[1] // step, image.shape[0] // step)
    small = cv2.resize(image, size_px, interpolation=cv2.INTER_AREA)
    return small.astype(np.uint16) if image.dtype == np.uint16 else small.astype(np.uint8)


def _where_textured(truth: FloatMap, textured: NDArray[np.bool_]) -> FloatMap:
    return np.where(textured, truth, np.float32(np.nan)).astype(np.float32)
