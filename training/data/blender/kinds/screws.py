"""Screws, nuts and cables from close by, often on a dark or plain ground."""

import math

import numpy as np

from training.data.blender.arrange import backdrop, ground, seen_from, spots
from training.data.blender.meshes import turned
from training.data.blender.plan import Setting, Solid
from training.data.blender.things import at, bolt, cable, lying, nut, thing


def screws(random: np.random.Generator) -> Setting:
    """Arrange small parts over 20 cm, seen from 8 to 35 cm."""
    solids = [ground(random, 0.1), backdrop(random, 0.1, distance_m=float(random.uniform(0.12, 0.5)))]
    for x, y in spots(random, int(random.integers(20, 60)), half_x_m=0.1, half_y_m=0.1, gap_m=0.018):
        solids.append(at(_part(random), (x, y, 0.0), turned(0, 0, random.uniform(0, 2 * math.pi))))
    solids += [_loose_cable(random) for _ in range(int(random.integers(0, 5)))]
    target = (float(random.uniform(-0.03, 0.03)), float(random.uniform(-0.04, 0.02)), 0.008)
    camera = seen_from(random, target, distance_m=(0.08, 0.28), elevation_deg=(8, 55), azimuth_deg=(-60, 60))
    return Setting(solids=tuple(solids), camera=camera, reach_m=0.1)


def _part(random: np.random.Generator) -> Solid:
    size = float(random.uniform(0.012, 0.045))
    choice = random.random()
    if choice < 0.5:
        screw = bolt(random, size)
        return screw if random.random() < 0.25 else lying(random, screw)
    return nut(random, size * 0.7) if choice < 0.8 else thing(random, size)


def _loose_cable(random: np.random.Generator) -> Solid:
    thick = float(random.uniform(0.0008, 0.004))
    start, heading = random.uniform(-0.1, 0.1, 2), random.uniform(0, 2 * math.pi)
    points = [start]
    for _ in range(8):
        heading += random.normal(0, 0.7)
        points.append(points[-1] + 0.035 * np.array([math.cos(heading), math.sin(heading)]))
    high = thick + np.abs(random.normal(0, 0.01, len(points)))
    return cable(random, np.column_stack([points, high]), thick)
