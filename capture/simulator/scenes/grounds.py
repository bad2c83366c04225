"""One unbroken surface from near to far: stairs, a relief."""

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.simulator.optics.surface import FloatImage, Surface
from capture.simulator.scenes.palettes import paint_of
from capture.simulator.scenes.recipe import Recipe
from capture.simulator.scenes.shapes import Shape
from capture.simulator.scenes.textures import octave_noise

_TREAD = 0.45  # share of a step's rows that its tread takes; the rest is its riser


def steps(recipe: Recipe) -> list[Surface]:
    """Stairs that lead away from the lens: risers at one depth each, and the treads between them."""
    canvas = recipe.canvas
    count = int(recipe.rng.integers(5, 8))
    lean = recipe.uniform(-0.06, 0.06)
    row = (canvas.y + np.float32(lean) * canvas.x) / np.float32(recipe.height) + 0.5  # 0 top … 1 bottom
    step = np.clip(row, 0.0, 0.999) * np.float32(count)
    index = np.floor(step)
    within = np.clip((step - index) / np.float32(_TREAD), 0.0, 1.0)
    share = (index + within) / np.float32(count)
    shape = Shape(
        coverage=canvas.full(1.0),
        vergence_dpt=(recipe.dpt(0.0) + (recipe.near_dpt - recipe.far_dpt) * share).astype(np.float32),
        u=(canvas.x * (1.3 - 0.5 * share) + index * 53.0).astype(np.float32),
        v=(canvas.y + index * 37.0).astype(np.float32),
        shade=_stair_light(step - index),
    )
    texture = str(recipe.rng.choice(("stone", "plaster", "cloth", "checker")))
    return [recipe.paint(shape, paint_of(texture, recipe.rng, size_px=1024))]


def _stair_light(within: NDArray[np.floating]) -> FloatImage:
    """Bright treads, dark at the back where the next riser shades them; dark risers below a bright edge."""
    tread = 1.0 - 0.45 * np.exp(-within / 0.05)
    edge = 0.45 * np.exp(-np.square((within - _TREAD) / 0.018))
    light: FloatImage = np.where(within < _TREAD, tread, 0.42 + edge).astype(np.float32)
    return light


def relief(recipe: Recipe) -> list[Surface]:
    """Roll out a relief, lit from the side."""
    canvas = recipe.canvas
    hills = octave_noise(
        recipe.rng, canvas.shape, coarsest_px=recipe.height / 2, finest_px=recipe.height / 8, persistence=0.35
    )
    inner = hills[canvas.margin_px : -canvas.margin_px or None, canvas.margin_px : -canvas.margin_px or None]
    low, high = float(inner.min()), float(inner.max())
    height = np.clip((hills - low) / (high - low), 0.0, 1.0)
    shape = Shape(
        coverage=canvas.full(1.0),
        vergence_dpt=(recipe.far_dpt + (recipe.near_dpt - recipe.far_dpt) * height).astype(np.float32),
        u=canvas.x + 0.15 * recipe.height * height,
        v=canvas.y + 0.15 * recipe.height * height,
        shade=_slope_light(height, scale_px=0.35 * recipe.height),
    )
    texture = str(recipe.rng.choice(("stone", "leaves", "cloth", "plaster")))
    return [recipe.paint(shape, paint_of(texture, recipe.rng, size_px=1024))]


def _slope_light(height: FloatImage, *, scale_px: float) -> FloatImage:
    """Lambert's law on a height field, lit from above left."""
    down, right = np.gradient(cv2.GaussianBlur(height, (0, 0), 1.0) * np.float32(scale_px))
    facing = (0.45 * right + 0.7 * down + 0.55) / np.sqrt(1.0 + right * right + down * down)
    light: FloatImage = 0.3 + 0.7 * np.clip(facing / 0.95, 0.0, 1.0).astype(np.float32)
    return light
