"""One rendered focal stack with its truth, and how it is made."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from capture.simulator.optics.layer import to_layers
from capture.simulator.optics.numbers import Optics
from capture.simulator.optics.surface import FloatImage, Surface, without_margin
from training.data.layering import layer_picture
from training.data.picture import Picture, to_display
from training.data.world.lens import DISC, FieldPart, render_through

TAIL_PX = 7
"""Beyond the disc: what the renderer wants as a margin for its Gaussian."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A focal stack, without noise unless it is finished.

    Attributes
    ----------
    images
        (S, H, W, 3) uint8, blue-green-red, display gamma.
    coordinates
        (S,) float32 sweep coordinate of each slice.
    truth
        (H, W) float32 sweep coordinate of what is seen; NaN = unknown. Below 0 or above 1 where that lies
        beyond the sweep.
    blur_gain_px
        Diameter of the blur at one whole sweep range out of focus.
    finished
        The images have noise and other faults already.
    """

    images: NDArray[np.uint8]
    coordinates: FloatImage
    truth: FloatImage
    blur_gain_px: float
    finished: bool = False


def margin_of(blur_gain_px: float) -> int:
    """Pixels around the visible image that blur can bring into it."""
    return math.ceil(0.75 * blur_gain_px) + TAIL_PX


def optics_of(blur_gain_px: float) -> Optics:
    """Optics whose dioptre is the sweep range: blur grows by the gain over it."""
    return Optics(focal_length_m=1e-2, pixel_pitch_m=1e-5, f_number=10.0 / blur_gain_px)


def picture_surfaces(
    picture: Picture, random: np.random.Generator, *, blur_gain_px: float
) -> tuple[Surface, ...]:
    """Cut a picture into surfaces whose vergence is a sweep coordinate of a random sweep over it."""
    low, high = (float(q) for q in np.quantile(picture.nearness, (0.002, 0.998)))
    span = max(high - low, 0.15 * high)  # a wall alone does not fill the sweep
    room = np.abs(random.normal(0.0, 0.12, 2)) + (span - (high - low)) / span * random.dirichlet((1, 1))
    far, near = low - room[0] * span, high + room[1] * span
    coordinate = np.clip((picture.nearness - far) / (near - far), 0.0, 1.0).astype(np.float32)
    layers = int(np.clip(math.ceil(blur_gain_px / 1.5), 6, 16))
    return layer_picture(
        picture.radiance, coordinate, layers=layers, reach_px=math.ceil(blur_gain_px / 2) + 1
    )


def render_stack(
    surfaces: Sequence[Surface],
    *,
    coordinates: FloatImage,
    blur_gain_px: float,
    exposure: float,
    field: Sequence[FieldPart] = DISC,
) -> Stack:
    """Render surfaces (far to near, with a margin of `margin_of`) at focus positions, in linear light.

    `field` holds the blurs of the lens, and where in the picture each counts; without, it is a disc.
    """
    optics, margin_px = optics_of(blur_gain_px), margin_of(blur_gain_px)
    focus = [float(c) for c in coordinates]
    layers = to_layers(
        surfaces,
        optics=optics,
        focus_dpt=focus,
        margin_px=margin_px,
        slab_step_px=max(blur_gain_px / 16.0, 0.75),
    )
    side = surfaces[0].coverage.shape[0] - 2 * margin_px
    images = [
        render_through(field, layers, optics=optics, focus_dpt=f, image_shape=(side, side, 3)) for f in focus
    ]
    return Stack(
        images=np.stack([to_display(image * np.float32(exposure)) for image in images]),
        coordinates=np.asarray(coordinates, np.float32),
        truth=without_margin(_visible(surfaces), margin_px=margin_px),
        blur_gain_px=blur_gain_px,
    )


def random_coordinates(random: np.random.Generator, *, slices: int, anyhow: float = 0.15) -> FloatImage:
    """(S,) ascending sweep coordinates: even (half of the time), jittered, or (share `anyhow`) at random."""
    even = np.linspace(0.0, 1.0, slices)
    how = random.random()
    if how < 0.5:
        return even.astype(np.float32)
    if how < 1.0 - anyhow:
        jitter = random.uniform(-0.4, 0.4, slices) / (slices - 1)
        return np.sort(np.clip(even + jitter, 0.0, 1.0)).astype(np.float32)
    return np.sort(random.uniform(0.0, 1.0, slices)).astype(np.float32)


def boost_highlights(radiance: FloatImage, random: np.random.Generator) -> FloatImage:
    """Let some bright spots be brighter than the display's white, as in the world; they become bokeh."""
    if random.random() < 0.7:
        return radiance
    brightest = np.clip((radiance.max(axis=2, keepdims=True) - 0.75) * 4.0, 0.0, 1.0)
    return np.asarray(radiance * (1.0 + brightest * random.uniform(1.0, 8.0)), np.float32)


def _visible(surfaces: Sequence[Surface]) -> FloatImage:
    truth = np.full(surfaces[0].coverage.shape, np.nan, np.float32)
    for surface in surfaces:
        np.copyto(truth, surface.vergence_dpt, where=surface.coverage > 0.5)
    return truth


def scaled_gain(random: np.random.Generator, *, low_px: float, high_px: float) -> float:
    """Draw a blur gain evenly in its logarithm."""
    return float(np.exp(random.uniform(math.log(low_px), math.log(high_px))))
