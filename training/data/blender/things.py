"""Objects of daily use, each standing on z = 0 about the z axis."""

import math
from collections.abc import Sequence

import numpy as np

from training.data.blender.materials import any_material, metal, plain
from training.data.blender.meshes import ball, box, joined, lathe, moved, polygon, prism, tube, turned
from training.data.blender.plan import Material, Mesh, Points, Solid


def thing(random: np.random.Generator, size_m: float) -> Solid:
    """Draw any object about `size_m` high."""
    draw = (bottle, crate, can, bowl, pebble, vase, prism_block)[int(random.integers(7))]
    return draw(random, size_m)


def bottle(random: np.random.Generator, size_m: float) -> Solid:
    """Draw a bottle."""
    radius, neck = size_m * random.uniform(0.12, 0.22), size_m * random.uniform(0.03, 0.06)
    shoulder = random.uniform(0.5, 0.75)
    bend = [
        (neck + (radius - neck) * math.cos(t) ** 0.7, size_m * (shoulder + 0.15 * t))
        for t in np.linspace(0, 1.5, 7)
    ]
    profile = [(radius * 0.9, 0.0), (radius, 0.02 * size_m), *bend, (neck, size_m), (neck * 0.8, size_m)]
    return Solid(mesh=lathe(profile), material=_skin(random, size_m), smooth=True)


def can(random: np.random.Generator, size_m: float) -> Solid:
    """Draw a tin."""
    radius = size_m * random.uniform(0.25, 0.5)
    profile = [
        (radius * 0.96, 0.0),
        (radius, 0.02 * size_m),
        (radius, 0.97 * size_m),
        (radius * 0.93, size_m),
    ]
    inside = [(radius * 0.9, 0.95 * size_m), (0.001 * size_m, 0.95 * size_m)]
    return Solid(mesh=lathe([*profile, *inside]), material=_skin(random, size_m))


def bowl(random: np.random.Generator, size_m: float) -> Solid:
    """Draw a bowl, open above."""
    radius, height = size_m * random.uniform(0.4, 0.7), size_m * random.uniform(0.3, 0.6)
    angles = np.linspace(0.15, math.pi / 2, 8)
    outside = [(radius * math.sin(a), height * (1 - math.cos(a))) for a in angles]
    inside = [(0.93 * r, max(h, 0.05 * height)) for r, h in reversed(outside)]
    return Solid(mesh=lathe([*outside, *inside]), material=_skin(random, size_m), smooth=True)


def vase(random: np.random.Generator, size_m: float) -> Solid:
    """Draw a turned thing with a wavy profile."""
    heights = np.linspace(0, 1, 16)
    waves = sum(
        random.normal(0, 0.07) * np.sin(math.pi * k * heights + random.uniform(0, 6)) for k in (1, 2, 3)
    )
    radii = np.clip(random.uniform(0.15, 0.3) + waves, 0.04, 0.5)
    profile = [(float(r) * size_m, float(h) * size_m) for r, h in zip(radii, heights, strict=True)]
    return Solid(mesh=lathe(profile), material=_skin(random, size_m), smooth=True)


def crate(random: np.random.Generator, size_m: float) -> Solid:
    """Draw a box."""
    x, y, z = size_m * random.uniform(0.3, 1.0, 3)
    material = _skin(random, size_m)
    return Solid(mesh=box(x, y, z), material=material, bevel_m=float(random.choice([0.0, 0.02])) * size_m)


def prism_block(random: np.random.Generator, size_m: float) -> Solid:
    """Draw a block with three to eight sides."""
    outline = polygon(int(random.integers(3, 9)), size_m * random.uniform(0.2, 0.5))
    return Solid(mesh=prism(outline, size_m * random.uniform(0.2, 1.0)), material=_skin(random, size_m))


def pebble(random: np.random.Generator, size_m: float) -> Solid:
    """Draw a lump: a ball that waves push in and out."""
    mesh = ball(1.0, rings=24, segments=36)
    points = mesh.points
    swell = np.ones(len(points))
    for _ in range(6):
        direction = random.normal(0, 2.0, 3)
        swell += random.normal(0, 0.06) * np.sin(points @ direction + random.uniform(0, 6))
    points = points * swell[:, None] * random.uniform(0.6, 1.0, 3) * size_m / 2
    points[:, 2] -= points[:, 2].min()
    return Solid(mesh=Mesh(points=points, faces=mesh.faces), material=_skin(random, size_m), smooth=True)


def book(random: np.random.Generator, *, thick_m: float, deep_m: float, high_m: float) -> Solid:
    """Draw an upright book whose back faces −y."""
    material = any_material(random, high_m)
    return Solid(mesh=box(thick_m, deep_m, high_m), material=material, bevel_m=0.05 * thick_m)


def cable(random: np.random.Generator, points: Points, radius_m: float) -> Solid:
    """Lay a cable along points, with a rounded course."""
    return Solid(mesh=tube(rounded(points), radius_m), material=plain(random, radius_m * 20), smooth=True)


def bolt(random: np.random.Generator, size_m: float) -> Solid:
    """Draw a screw with its thread and a hexagonal or round head, standing on its head."""
    radius, head = size_m * 0.12, size_m * random.uniform(0.1, 0.2)
    angle = np.linspace(0, 2 * math.pi * 14, 14 * 12)
    rise = np.linspace(head, size_m, len(angle))
    helix = np.column_stack([radius * np.cos(angle), radius * np.sin(angle), rise])
    shaft = lathe([(radius, head * 0.9), (radius, size_m * 0.97), (radius * 0.6, size_m * 1.03)], segments=20)
    corners = 6 if random.random() < 0.6 else 24
    parts = [prism(polygon(corners, radius * 2.0), head), shaft, tube(helix, radius * 0.18, segments=6)]
    return Solid(mesh=joined(parts), material=metal(random, size_m))


def nut(random: np.random.Generator, size_m: float) -> Solid:
    """Draw a washer or a nut: a ring with 6 or 32 sides."""
    sides = 6 if random.random() < 0.5 else 32
    hole, outer = size_m * random.uniform(0.2, 0.3), size_m * 0.5
    high = size_m * (random.uniform(0.25, 0.4) if sides == 6 else random.uniform(0.05, 0.1))
    profile = [(hole, 0.0), (outer, 0.0), (outer, high), (hole, high), (hole, 0.0)]
    return Solid(mesh=lathe(profile, segments=sides), material=metal(random, size_m))


def rounded(points: Points, *, steps: int = 12) -> Points:
    """Lay a Catmull-Rom spline through points."""
    padded = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    pieces = [
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False)
    ]
    return np.vstack([*pieces, points[-1:]])


def lying(random: np.random.Generator, solid: Solid) -> Solid:
    """Tip a solid onto its side, turned at random, resting on z = 0."""
    turn = turned(0.0, 0.0, random.uniform(0, 2 * math.pi)) @ turned(math.pi / 2)
    mesh = moved(solid.mesh, (0, 0, 0), turn)
    return at(
        Solid(mesh=mesh, material=solid.material, smooth=solid.smooth), (0, 0, -mesh.points[:, 2].min())
    )


def at(solid: Solid, place_m: Sequence[float], turn: np.ndarray | None = None) -> Solid:
    """Move a solid, after turning it."""
    return Solid(
        mesh=moved(solid.mesh, place_m, turn),
        material=solid.material,
        smooth=solid.smooth,
        bevel_m=solid.bevel_m,
    )


def _skin(random: np.random.Generator, size_m: float) -> Material:
    if random.random() < 0.2:
        return plain(random, size_m)
    return metal(random, size_m) if random.random() < 0.1 else any_material(random, size_m)
