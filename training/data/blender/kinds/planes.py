"""Slanted planes and hilly ground: depth that changes steadily over the whole picture."""

import math

import numpy as np

from training.data.blender.arrange import backdrop, floor_material, seen_from
from training.data.blender.materials import any_material
from training.data.blender.meshes import moved, polygon, prism, sheet, turned
from training.data.blender.plan import Material, Setting, Solid


def planes(random: np.random.Generator) -> Setting:
    """Arrange slanted plates over a slanted plane or a hilly one, in any size from 0.2 to 4 metres."""
    size = math.exp(random.uniform(math.log(0.2), math.log(4.0)))
    far = backdrop(random, size, distance_m=size * float(random.uniform(2.0, 4.0)))
    solids = [far, _hills(random, size) if random.random() < 0.5 else _floor(random, size)]
    solids += [_plate(random, size) for _ in range(int(random.integers(0, 7)))]
    target = (0.0, float(random.uniform(-0.2, 0.3)) * size, 0.0)
    camera = seen_from(random, target, distance_m=(0.8 * size, 1.6 * size), elevation_deg=(12, 60))
    return Setting(solids=tuple(solids), camera=camera, reach_m=size)


def _floor(random: np.random.Generator, size: float) -> Solid:
    return Solid(mesh=sheet(20 * size, 20 * size), material=_cover(random, size))


def _hills(random: np.random.Generator, size: float) -> Solid:
    waves = [
        (random.normal(0, 5.0 / size, 2), random.uniform(0, 6), size * random.normal(0, 0.025))
        for _ in range(6)
    ]

    def height(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        parts = [high * np.sin(slope[0] * x + slope[1] * y + phase) for slope, phase, high in waves]
        return np.asarray(sum(parts) - 0.05 * size)

    return Solid(
        mesh=sheet(10 * size, 10 * size, height, steps=160), material=_cover(random, size), smooth=True
    )


def _cover(random: np.random.Generator, size: float) -> Material:
    """Draw what covers the ground: mostly a pattern, for there is little else to see."""
    return floor_material(random, size) if random.random() < 0.15 else any_material(random, size)


def _plate(random: np.random.Generator, size: float) -> Solid:
    outline = polygon(int(random.integers(3, 8)), size * float(random.uniform(0.1, 0.4)))
    outline = outline * random.uniform(0.4, 1.0, 2)
    turn = turned(random.uniform(-1.2, 1.2), random.uniform(-1.2, 1.2), random.uniform(0, 6))
    place = random.uniform((-0.6, -0.5, 0.05), (0.6, 0.8, 0.6)) * size
    return Solid(
        mesh=moved(prism(outline, 0.01 * size), place, turn), material=any_material(random, 0.4 * size)
    )
