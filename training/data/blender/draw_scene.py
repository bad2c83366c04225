"""A scene from its number."""

import math
from collections.abc import Callable, Mapping

import numpy as np

from training.data.blender.kinds.bench import bench
from training.data.blender.kinds.boards import board
from training.data.blender.kinds.grilles import grille
from training.data.blender.kinds.planes import planes
from training.data.blender.kinds.plants import plant
from training.data.blender.kinds.rooms import room
from training.data.blender.kinds.screws import screws
from training.data.blender.kinds.shelves import shelf
from training.data.blender.kinds.tables import table
from training.data.blender.plan import Colour, Lamp, ScenePlan, Setting, Shares

KINDS: Mapping[str, Callable[[np.random.Generator], Setting]] = {
    "bench": bench,
    "board": board,
    "grille": grille,
    "planes": planes,
    "plant": plant,
    "room": room,
    "screws": screws,
    "shelf": shelf,
    "table": table,
}
SHARES = Shares(
    of={
        "room": 0.18, "shelf": 0.12, "bench": 0.12, "board": 0.10, "plant": 0.12, "grille": 0.12,
        "table": 0.10, "planes": 0.08, "screws": 0.06,
    }
)  # fmt: skip


def draw_scene(number: int, attempt: int = 0) -> ScenePlan:
    """Draw the scene of a number; another attempt is another scene of the same kind."""
    kind = SHARES.draw(np.random.default_rng(number))
    random = np.random.default_rng([number, attempt])
    setting = KINDS[kind](random)
    return ScenePlan(
        kind=kind,
        setting=setting,
        lamps=tuple(_lamp(random, setting) for _ in range(int(random.integers(1, 4)))),
        sky=_tint(random, math.exp(random.uniform(math.log(0.02), math.log(0.8)))),
        exposure=float(random.uniform(0.4, 1.1)),
    )


def _lamp(random: np.random.Generator, setting: Setting) -> Lamp:
    """Draw a lamp in the half space above, at most at the ceiling; small ones cast hard shadows."""
    reach = setting.reach_m
    azimuth, elevation = random.uniform(0, 2 * math.pi), random.uniform(0.35, 1.5)
    distance = reach * random.uniform(1.5, 4.0)
    x, y = distance * math.cos(elevation) * np.array([math.cos(azimuth), math.sin(azimuth)])
    z = distance * math.sin(elevation)
    if setting.ceiling_m is not None:
        x, y = random.uniform(-0.7, 0.7, 2) * reach
        z = setting.ceiling_m * random.uniform(0.75, 0.97)
    aim_x, aim_y = random.normal(0, 0.3, 2) * reach
    diameter = reach * math.exp(random.uniform(math.log(0.05), math.log(1.5)))
    power = float(random.uniform(0.2, 1.0)) * 40.0 * distance**2
    colour = _tint(random, 1.0)
    place, aim = (float(x), float(y), float(z)), (float(aim_x), float(aim_y), 0.0)
    return Lamp(position_m=place, target_m=aim, diameter_m=float(diameter), power_w=power, colour=colour)


def _tint(random: np.random.Generator, strength: float) -> Colour:
    """Draw daylight to lamplight."""
    warm = random.normal(0.0, 0.25)
    return strength * math.exp(warm / 2), strength, strength * math.exp(-warm / 2)
