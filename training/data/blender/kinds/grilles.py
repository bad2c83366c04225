"""Meshes and grilles: holes and thin struts before something farther away."""

import math

import numpy as np

from training.data.blender.arrange import backdrop, ground, seen_from, spots
from training.data.blender.materials import any_material, metal, plain
from training.data.blender.meshes import joined, moved, pierced_plate, tube, turned
from training.data.blender.plan import Mesh, Setting, Solid
from training.data.blender.things import at, thing


def grille(random: np.random.Generator) -> Setting:
    """Arrange one or two grilles of 40 cm before and among things, seen from 0.15 to 0.9 metres."""
    solids = [ground(random, 0.3), backdrop(random, 0.3, distance_m=float(random.uniform(0.3, 1.2)))]
    for k in range(int(random.integers(1, 3))):
        draw = (_plate, _wires, _bars, _frame)[int(random.integers(4))]
        turn = turned(float(random.normal(0, 0.2)), 0, float(random.normal(0, 0.5)))
        coat = metal if random.random() < 0.4 else plain if random.random() < 0.5 else any_material
        mesh = moved(draw(random), (0, 0.25 * k, 0.18), turn)
        solids.append(Solid(mesh=mesh, material=coat(random, 0.1), smooth=draw in (_wires, _bars)))
    for x, y in spots(random, int(random.integers(3, 9)), half_x_m=0.3, half_y_m=0.3, gap_m=0.12):
        if abs(y) > 0.06:
            size = float(random.uniform(0.05, 0.3))
            solids.append(at(thing(random, size), (x, y + 0.1, 0.0), turned(0, 0, random.uniform(0, 6))))
    target = (float(random.uniform(-0.08, 0.08)), 0.0, float(random.uniform(0.1, 0.25)))
    camera = seen_from(random, target, distance_m=(0.16, 0.9), elevation_deg=(-5, 35), azimuth_deg=(-60, 60))
    return Setting(solids=tuple(solids), camera=camera, reach_m=0.3)


def _plate(random: np.random.Generator) -> Mesh:
    pitch = float(random.uniform(0.012, 0.05))
    count = int(0.4 / pitch)
    return pierced_plate(
        count,
        count,
        pitch_m=pitch,
        hole_m=pitch * float(random.uniform(0.5, 0.93)),
        thickness_m=float(random.uniform(0.001, 0.006)),
        corners=int(random.choice([4, 6, 8])),
        turn_rad=float(random.choice([0.0, math.pi / 4])),
    )


def _wires(random: np.random.Generator) -> Mesh:
    """Weave wires: each passes before one and behind the next."""
    pitch, thick = float(random.uniform(0.01, 0.05)), float(random.uniform(0.0005, 0.002))
    count = int(0.4 / pitch)
    place = (np.arange(count) - (count - 1) / 2) * pitch
    wires = []
    for k, across in enumerate(place):
        sway = thick * np.where((np.arange(count) + k) % 2 == 0, 1.0, -1.0)
        wires.append(tube(np.column_stack([place, sway, np.full(count, across)]), thick, segments=6))
        wires.append(tube(np.column_stack([np.full(count, across), -sway, place]), thick, segments=6))
    turn = turned(0, math.pi / 4, 0) if random.random() < 0.4 else None
    return moved(joined(wires), (0, 0, 0), turn)


def _bars(random: np.random.Generator) -> Mesh:
    pitch, thick = float(random.uniform(0.015, 0.07)), float(random.uniform(0.001, 0.006))
    turn = turned(0, float(random.uniform(0, math.pi)), 0)
    bars = [
        tube(np.array([(x, 0, -0.35), (x, 0, 0.35)]), thick, segments=10)
        for x in np.arange(-0.25, 0.25, pitch)
    ]
    return moved(joined(bars), (0, 0, 0), turn)


def _frame(random: np.random.Generator) -> Mesh:
    """Join random points of a block to their neighbours by struts."""
    points = random.uniform((-0.25, -0.12, -0.18), (0.25, 0.12, 0.2), (int(random.integers(12, 30)), 3))
    thick = float(random.uniform(0.001, 0.005))
    struts = []
    for k, point in enumerate(points):
        nearest = np.argsort(np.linalg.norm(points - point, axis=1))[1:4]
        struts += [
            tube(np.vstack([point, points[other]]), thick, segments=6) for other in nearest if other > k
        ]
    return joined(struts)
