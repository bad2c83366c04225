"""Cards in front of a wall."""

import numpy as np

from capture.simulator.optics.surface import Surface
from capture.simulator.scenes.palettes import any_paint
from capture.simulator.scenes.recipe import Recipe
from capture.simulator.scenes.shapes import Plane

_TEXTURES = ("print", "print", "checker", "leaves", "wood", "cloth", "scratched", "bricks", "stone")


def cards(recipe: Recipe) -> list[Surface]:
    """Cards at many depths, straight and tilted, some of them partly hiding others."""
    count = int(recipe.rng.integers(9, 13))
    shares = np.linspace(0.12, 0.98, count)
    columns = recipe.rng.permutation((np.arange(count) + 0.5) / count - 0.5)
    surfaces = [recipe.backdrop(str(recipe.rng.choice(("plaster", "bricks", "stone"))))]
    for share, column in zip(shares, columns, strict=True):
        centre = (0.95 * recipe.width * float(column), recipe.height * recipe.uniform(-0.36, 0.36))
        surfaces.append(_card(recipe, share=float(share), centre=centre))
    return surfaces


def _card(recipe: Recipe, *, share: float, centre: tuple[float, float]) -> Surface:
    half = recipe.height * recipe.uniform(0.13, 0.2) * np.array([recipe.uniform(0.8, 1.3), 1.0])
    angle = recipe.uniform(-0.3, 0.3)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    corners = (np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half) @ turn.T + np.array(centre)
    tilted = recipe.rng.random() < 0.5
    # A tilt stays within the range: near its limits there is less room.
    room_dpt = min(share, 1.0 - share, 0.12) * (recipe.near_dpt - recipe.far_dpt) if tilted else 0.0
    slope = room_dpt / float(np.abs(corners - centre).max())
    heading = recipe.uniform(0.0, 2.0 * np.pi)
    per_x, per_y = slope * np.cos(heading) * 0.7, slope * np.sin(heading) * 0.7
    centre_dpt = recipe.dpt(share) - per_x * centre[0] - per_y * centre[1]
    plane = Plane(centre_dpt=centre_dpt, per_x=per_x, per_y=per_y)
    shape = plane.shape(recipe.canvas, coverage=recipe.canvas.polygon(corners))
    return recipe.paint(shape, any_paint(recipe.rng, _TEXTURES, tint=0.3))
