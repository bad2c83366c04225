"""Tools on a bench."""

import math

import numpy as np

from training.data.blender.arrange import backdrop, ground, seen_from, spots
from training.data.blender.materials import any_material, metal, plain, wood
from training.data.blender.meshes import box, joined, lathe, moved, polygon, prism, tube, turned
from training.data.blender.plan import Setting, Solid
from training.data.blender.things import at, bolt, cable, lying, nut, thing


def bench(random: np.random.Generator) -> Setting:
    """Arrange tools, tins and leftovers, seen from 0.35 to 1.3 metres over the bench."""
    solids = [ground(random, 0.5), backdrop(random, 0.5, distance_m=float(random.uniform(0.5, 1.2)))]
    for x, y in spots(random, int(random.integers(12, 28)), half_x_m=0.45, half_y_m=0.45, gap_m=0.12):
        turn = turned(0, 0, random.uniform(0, 2 * math.pi))
        solids += [at(part, (x, y, 0.0), turn) for part in _tool(random)]
    target = (float(random.uniform(-0.15, 0.15)), float(random.uniform(-0.1, 0.15)), 0.04)
    camera = seen_from(random, target, distance_m=(0.3, 0.95), elevation_deg=(8, 50))
    return Setting(solids=tuple(solids), camera=camera, reach_m=0.5)


def _tool(random: np.random.Generator) -> list[Solid]:
    draw = (_hammer, _screwdriver, _spanner, _roll, _coil, _ruler, _standing, _small)[int(random.integers(8))]
    return draw(random)


def _hammer(random: np.random.Generator) -> list[Solid]:
    length = float(random.uniform(0.2, 0.32))
    handle = moved(lathe([(0.013, 0), (0.011, length * 0.5), (0.014, length)], segments=16), (0, 0, 0))
    head = moved(box(0.1, 0.026, 0.028), (0, 0, length - 0.02))
    flat = turned(math.pi / 2)
    parts = [(handle, wood(random, 0.1)), (head, metal(random, 0.1))]
    return [
        Solid(mesh=moved(mesh, (0, length / 2, 0.016), flat), material=material, bevel_m=0.002)
        for mesh, material in parts
    ]


def _screwdriver(random: np.random.Generator) -> list[Solid]:
    length, grip = float(random.uniform(0.12, 0.25)), float(random.uniform(0.012, 0.018))
    handle = lathe(
        [(grip * 0.6, 0), (grip, 0.01), (grip * 0.8, 0.06), (grip, 0.09), (grip * 0.4, 0.1)], segments=8
    )
    blade = lathe([(0.003, 0.1), (0.003, 0.1 + length)], segments=12)
    flat, lift = turned(math.pi / 2), (0, 0, grip)
    return [
        Solid(mesh=moved(handle, lift, flat), material=plain(random, 0.05), smooth=True),
        Solid(mesh=moved(blade, lift, flat), material=metal(random, 0.1), smooth=True),
    ]


def _spanner(random: np.random.Generator) -> list[Solid]:
    length, size = float(random.uniform(0.1, 0.22)), float(random.uniform(0.015, 0.028))
    jaw_rad = np.linspace(math.pi / 2 + 0.6, 2.5 * math.pi - 0.6, 16)
    jaw = size * np.column_stack([np.cos(jaw_rad), np.sin(jaw_rad)]) + (0, length)
    notch = np.array([(size * 0.35, length + size * 0.3), (-size * 0.35, length + size * 0.3)])
    bar = prism(np.array([(-size / 3, 0), (size / 3, 0), (size / 3, length), (-size / 3, length)]), 0.006)
    ring = lathe(
        [(size * 0.5, 0), (size * 0.8, 0), (size * 0.8, 0.008), (size * 0.5, 0.008), (size * 0.5, 0)]
    )
    return [
        Solid(mesh=joined([bar, prism(np.vstack([jaw, notch]), 0.007), ring]), material=metal(random, 0.1))
    ]


def _roll(random: np.random.Generator) -> list[Solid]:
    outer, high = float(random.uniform(0.03, 0.06)), float(random.uniform(0.012, 0.05))
    inner = outer * float(random.uniform(0.5, 0.8))
    ring = lathe([(inner, 0), (outer, 0), (outer, high), (inner, high), (inner, 0)], segments=40)
    solid = Solid(mesh=ring, material=any_material(random, 0.1))
    return [lying(random, solid) if random.random() < 0.3 else solid]


def _coil(random: np.random.Generator) -> list[Solid]:
    turns, radius, thick = (
        int(random.integers(2, 6)),
        float(random.uniform(0.04, 0.08)),
        float(random.uniform(0.002, 0.005)),
    )
    angle = np.linspace(0, 2 * math.pi * turns, 8 * turns)
    wobble = radius * (1 + random.normal(0, 0.06, len(angle)))
    high = thick + np.linspace(0, 2 * thick * turns, len(angle)) + np.abs(random.normal(0, thick, len(angle)))
    points = np.column_stack([wobble * np.cos(angle), wobble * np.sin(angle), high])
    tail = points[-1] + np.array([(0.04, 0.02, -high[-1] / 2), (0.12, 0.0, -high[-1] + thick)])
    return [cable(random, np.vstack([points, tail]), thick)]


def _ruler(random: np.random.Generator) -> list[Solid]:
    length = float(random.uniform(0.15, 0.4))
    pencil = prism(polygon(6, 0.004), length / 2)
    rule = Solid(mesh=box(length, 0.03, 0.003), material=any_material(random, 0.1))
    return [rule, at(lying(random, Solid(mesh=pencil, material=plain(random, 0.1))), (0, 0.03, 0))]


def _standing(random: np.random.Generator) -> list[Solid]:
    return [thing(random, float(random.uniform(0.05, 0.22)))]


def _small(random: np.random.Generator) -> list[Solid]:
    angles = random.uniform(0, 2 * math.pi, 3)
    parts = [bolt(random, 0.05), nut(random, 0.03), nut(random, 0.025)]
    rod = tube(np.array([(-0.05, 0, 0.004), (0.05, 0, 0.004)]), 0.004)
    places = [(0.035 * math.cos(a), 0.035 * math.sin(a), 0.0) for a in angles]
    small = [at(lying(random, parts[0]), places[0]), at(parts[1], places[1]), at(parts[2], places[2])]
    return [*small, Solid(mesh=rod, material=metal(random, 0.1), smooth=True)]
