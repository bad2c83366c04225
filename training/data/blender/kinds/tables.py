"""Glossy, plain and dark things on a table."""

import math

import numpy as np

from training.data.blender.arrange import backdrop, ground, seen_from, spots
from training.data.blender.materials import dark
from training.data.blender.meshes import sheet, turned
from training.data.blender.plan import Setting, Solid
from training.data.blender.things import at, lying, thing


def table(random: np.random.Generator) -> Setting:
    """Arrange things of 5 to 25 cm, seen from 0.3 to 2 metres; every third table is nearly black."""
    black = random.random() < 0.33
    top = Solid(mesh=sheet(6.0, 6.0), material=dark(random, 0.5)) if black else ground(random, 0.5)
    solids = [top, backdrop(random, 0.5, distance_m=float(random.uniform(0.5, 2.5)))]
    for x, y in spots(random, int(random.integers(8, 26)), half_x_m=0.45, half_y_m=0.5, gap_m=0.13):
        solid = thing(random, float(random.uniform(0.05, 0.22)))
        solid = lying(random, solid) if random.random() < 0.2 else solid
        solids.append(at(solid, (x, y, 0.0), turned(0, 0, random.uniform(0, 2 * math.pi))))
    target = (float(random.uniform(-0.15, 0.15)), float(random.uniform(-0.15, 0.1)), 0.05)
    camera = seen_from(random, target, distance_m=(0.3, 1.3), elevation_deg=(6, 45))
    return Setting(solids=tuple(solids), camera=camera, reach_m=0.5)
