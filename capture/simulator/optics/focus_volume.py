"""A scene rendered beforehand at a dense grid of focus positions."""

import math
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from capture.simulator.optics.breathing import Breathing
from capture.simulator.optics.layer import to_layers
from capture.simulator.optics.numbers import Optics
from capture.simulator.optics.surface import FloatImage, Scene, float_image
from capture.simulator.optics.thin_lens import render_layers, visible_shape
from focstream.types import InputError

GRID_STEP_PX = 1.0
"""Largest difference of the blur's diameter between neighbouring grid positions."""


class LightOverFocus(Protocol):
    """Pictures of one scene at any focus."""

    def at(self, focus_dpt: float) -> FloatImage:
        """(H, W[, 3]) float32 linear light at a focus."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FocusVolume:
    """Pictures of one scene over focus, interpolated linearly between grid positions.

    Attributes
    ----------
    images
        (S, H, W) or (S, H, W, 3) float32 linear light, 0 … 1, from far to near focus.
    far_dpt, near_dpt
        Focus of the first and of the last picture; the others lie evenly between.
    """

    images: FloatImage
    far_dpt: float
    near_dpt: float

    def at(self, focus_dpt: float) -> FloatImage:
        """(H, W[, 3]) float32 picture at a focus; beyond the grid, the picture at its end."""
        last = len(self.images) - 1
        position = (focus_dpt - self.far_dpt) / (self.near_dpt - self.far_dpt) * last
        position = min(max(position, 0.0), float(last))
        lower = min(int(position), last - 1)
        weight = position - lower
        lower_image, upper_image = self.images[lower], self.images[lower + 1]
        return float_image(cv2.addWeighted(lower_image, 1.0 - weight, upper_image, weight, 0.0))


def prerender(
    scene: Scene,
    *,
    optics: Optics,
    far_dpt: float,
    near_dpt: float,
    grid_step_px: float = GRID_STEP_PX,
    breathing: Breathing | None = None,
    workers: int | None = None,
) -> FocusVolume:
    """Render a scene at every focus position between two vergences.

    Parameters
    ----------
    scene, optics
        What is seen, and through which lens.
    far_dpt, near_dpt
        Limits of the focus; they may lie outside the scene's own range if its margin allows.
    grid_step_px
        Largest difference of the blur's diameter between neighbouring positions.
    breathing
        Change of magnification with focus; none by default.
    workers
        Threads; as many as processors by default.

    Raises
    ------
    InputError
        When the limits are out of order or the scene's margin is smaller than the blur.
    """
    if not far_dpt < near_dpt:
        raise InputError(f"need far_dpt < near_dpt, got {far_dpt} and {near_dpt} dpt")
    steps = (near_dpt - far_dpt) * optics.blur_px_per_dpt / grid_step_px
    grid_dpt = [float(f) for f in np.linspace(far_dpt, near_dpt, max(math.ceil(steps - 1e-6), 1) + 1)]
    draw = drawing(scene, optics=optics, limits_dpt=(far_dpt, near_dpt), breathing=breathing)
    first = draw(grid_dpt[0])
    images = np.empty((len(grid_dpt), *first.shape), np.float32)
    images[0] = first

    def fill(index: int) -> None:
        images[index] = draw(grid_dpt[index])

    with ThreadPoolExecutor(workers or os.cpu_count()) as pool:
        list(pool.map(fill, range(1, len(grid_dpt))))
    return FocusVolume(images=images, far_dpt=far_dpt, near_dpt=near_dpt)


def drawing(
    scene: Scene, *, optics: Optics, limits_dpt: tuple[float, float], breathing: Breathing | None
) -> Callable[[float], FloatImage]:
    """Return the function from focus to picture, clipped to 0 … 1."""
    halo_px = 0 if breathing is None else breathing.halo_px(scene.image_shape, limits_dpt=limits_dpt)
    margin_px = scene.margin_px - halo_px
    layers = to_layers(scene.surfaces, optics=optics, focus_dpt=limits_dpt, margin_px=margin_px)
    shape = visible_shape(scene.surfaces, margin_px=margin_px)

    def draw(focus_dpt: float) -> FloatImage:
        image = render_layers(layers, optics=optics, focus_dpt=focus_dpt, image_shape=shape)
        if breathing is not None:
            image = breathing.apply(image, focus_dpt=focus_dpt, intrinsics=scene.intrinsics, halo_px=halo_px)
        return np.clip(image, 0.0, 1.0, out=image)

    return draw
