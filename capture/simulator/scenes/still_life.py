"""Things on a table in front of a wall."""

import cv2
import numpy as np

from capture.simulator.optics.surface import FloatImage, Surface, float_image
from capture.simulator.scenes.palettes import any_paint, paint_of, plain_paint
from capture.simulator.scenes.recipe import Recipe
from capture.simulator.scenes.shapes import Plane, ball, box

_HORIZON = -0.22  # share of the image's height at which the table meets the wall, from the middle


def tabletop(recipe: Recipe) -> list[Surface]:
    """Balls and boxes on a wooden table, from right before the lens to the wall."""
    return _still_life(recipe, plain_share=0.0, scale=1.0)


def mixed(recipe: Recipe) -> list[Surface]:
    """Table with things of which some are plain, without any texture to focus on."""
    return _still_life(recipe, plain_share=0.5, scale=1.3)


def _still_life(recipe: Recipe, *, plain_share: float, scale: float) -> list[Surface]:
    table = _table_plane(recipe)
    count = int(recipe.rng.integers(5, 8))
    # One thing in each stretch of the table, far to near; x swings so that they do not hide each other.
    shares = (np.arange(count) + recipe.rng.uniform(0.2, 0.8, count)) / count
    columns = recipe.rng.permutation(np.linspace(-0.4, 0.4, count))
    plains = recipe.rng.permutation(np.arange(count) < round(plain_share * count))
    things = []
    shadow = recipe.canvas.full(1.0)
    for share, column, plain in zip(shares, columns, plains, strict=True):
        base_y = recipe.height * (_HORIZON + 0.06 + (0.5 - _HORIZON) * float(share))
        base = (recipe.width * float(column), base_y)
        size_px = scale * recipe.height * (0.12 + 0.16 * float(share)) * recipe.uniform(0.8, 1.15)
        shadow *= _contact_shadow(recipe, base=base, size_px=size_px)
        # A thing is nearer than its foot by up to a tenth.
        vergence_dpt = min(table.at(*base), 0.9 * recipe.near_dpt)
        things.append(_thing(recipe, base=base, size_px=size_px, vergence_dpt=vergence_dpt, plain=plain))
    return [recipe.backdrop(_wall(recipe)), _table(recipe, table, shadow=shadow), *things]


def _wall(recipe: Recipe) -> str:
    return str(recipe.rng.choice(("plaster", "bricks", "stone")))


def _table_plane(recipe: Recipe) -> Plane:
    horizon_y, front_y = _HORIZON * recipe.height, 0.5 * recipe.height
    far_dpt, near_dpt = recipe.dpt(0.03), recipe.dpt(0.97)
    per_y = (near_dpt - far_dpt) / (front_y - horizon_y)
    return Plane(centre_dpt=far_dpt - per_y * horizon_y, per_y=per_y)


def _table(recipe: Recipe, plane: Plane, *, shadow: FloatImage) -> Surface:
    coverage = np.clip(recipe.canvas.y - np.float32(_HORIZON * recipe.height) + 0.5, 0.0, 1.0)
    texture = str(recipe.rng.choice(("planks", "wood", "cloth", "stone")))
    shape = plane.shape(recipe.canvas, coverage=coverage)
    return recipe.paint(shape, paint_of(texture, recipe.rng, size_px=1024), shadow=shadow)


def _thing(
    recipe: Recipe, *, base: tuple[float, float], size_px: float, vergence_dpt: float, plain: bool
) -> Surface:
    rng = recipe.rng
    if rng.random() < 0.45:
        centre = (base[0], base[1] - 0.42 * size_px)
        shape = ball(recipe.canvas, centre=centre, radius_px=0.5 * size_px, vergence_dpt=vergence_dpt)
        paint = any_paint(rng, ("checker", "stone", "leaves", "scratched"))
    else:
        width, height = recipe.uniform(0.7, 1.3), recipe.uniform(0.8, 1.5)
        size = (width * size_px, height * size_px, 0.6 * size_px)
        yaw_rad = recipe.uniform(-0.7, 0.7)
        shape = box(recipe.canvas, base=base, size_px=size, vergence_dpt=vergence_dpt, yaw_rad=yaw_rad)
        paint = any_paint(rng, ("print", "checker", "wood", "leaves", "cloth"))
    return recipe.paint(shape, plain_paint(rng) if plain else paint)


def _contact_shadow(recipe: Recipe, *, base: tuple[float, float], size_px: float) -> FloatImage:
    """Darken the table under a thing, more to the right: the light comes from the left."""
    canvas = recipe.canvas
    dx = (canvas.x - np.float32(base[0] + 0.25 * size_px)) / np.float32(0.75 * size_px)
    dy = (canvas.y - np.float32(base[1] - 0.02 * size_px)) / np.float32(0.28 * size_px)
    inside = (np.hypot(dx, dy) < 1.0).astype(np.float32)
    return float_image(1.0 - 0.6 * cv2.GaussianBlur(inside, (0, 0), max(0.06 * size_px, 1.0)))
