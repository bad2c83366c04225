"""Plants: branches with leaves, in pots or growing from the ground."""

import math

import numpy as np

from training.data.blender.arrange import backdrop, ground, seen_from
from training.data.blender.materials import any_material, leafy, wood
from training.data.blender.meshes import joined, lathe, moved, sheet, tube, turned
from training.data.blender.plan import Mesh, Points, Setting, Solid
from training.data.blender.things import at, pebble, rounded


def plant(random: np.random.Generator) -> Setting:
    """Arrange one to four plants about 0.5 metres high, seen from 0.25 to 1.5 metres."""
    solids = [ground(random, 0.6), backdrop(random, 0.6, distance_m=float(random.uniform(0.4, 1.6)))]
    for k in range(int(random.integers(1, 6))):
        place = (float(random.uniform(-0.35, 0.35)), 0.3 * k - 0.25, 0.0) if k else (0.0, 0.0, 0.0)
        turn = turned(0, 0, random.uniform(0, 2 * math.pi))
        solids += [at(part, place, turn) for part in (_grass if random.random() < 0.25 else _shrub)(random)]
    for _ in range(int(random.integers(0, 6))):
        solids.append(
            at(pebble(random, float(random.uniform(0.03, 0.1))), (*random.uniform(-0.4, 0.4, 2), 0.0))
        )
    target = (float(random.uniform(-0.05, 0.05)), 0.0, float(random.uniform(0.15, 0.45)))
    camera = seen_from(random, target, distance_m=(0.28, 0.9), elevation_deg=(-5, 45))
    return Setting(solids=tuple(solids), camera=camera, reach_m=0.6)


def _shrub(random: np.random.Generator) -> list[Solid]:
    pot_high = float(random.uniform(0.06, 0.14)) if random.random() < 0.7 else 0.0
    leaf = _leaf(random, float(random.uniform(0.04, 0.12)))
    branches: list[Mesh] = []
    leaves: list[Mesh] = []
    for _ in range(int(random.integers(3, 8))):
        up = np.array([random.normal(0, 0.5), random.normal(0, 0.5), 1.0])
        _grow(
            random,
            np.array([0, 0, pot_high]),
            up,
            float(random.uniform(0.2, 0.45)),
            0.006,
            leaf,
            branches,
            leaves,
            2,
        )
    solids = [Solid(mesh=joined(branches), material=wood(random, 0.1), smooth=True)]
    half = len(leaves) // 2
    solids += [
        Solid(mesh=joined(part), material=leafy(random, 0.1), smooth=True)
        for part in (leaves[:half], leaves[half:])
        if part
    ]
    if pot_high:
        solids.append(_pot(random, pot_high))
    return solids


def _grow(
    random: np.random.Generator,
    start: np.ndarray,
    direction: np.ndarray,
    length_m: float,
    thick_m: float,
    leaf: Mesh,
    branches: list[Mesh],
    leaves: list[Mesh],
    generations: int,
) -> None:
    """Grow a bent branch with leaves along it, and thinner ones from it."""
    direction = direction / np.linalg.norm(direction)
    steps = [direction + random.normal(0, 0.25, 3) for _ in range(4)]
    path: Points = rounded(np.vstack([start, start + np.cumsum(steps, axis=0) * length_m / 4]), steps=4)
    branches.append(tube(path, np.linspace(thick_m, 0.4 * thick_m, len(path)), segments=6))
    for k in range(4, len(path), int(random.integers(1, 4))):
        turn = turned(random.uniform(-0.6, 0.6), random.uniform(-0.8, 0.4), random.uniform(0, 2 * math.pi))
        leaves.append(moved(leaf, path[k], turn))
    if generations:
        for _ in range(int(random.integers(1, 4))):
            side = direction + random.normal(0, 0.7, 3)
            root = path[int(random.integers(len(path) // 3, len(path)))]
            _grow(random, root, side, length_m * 0.55, thick_m * 0.5, leaf, branches, leaves, generations - 1)


def _leaf(random: np.random.Generator, long_m: float) -> Mesh:
    """Make a leaf that begins at the origin and points along +x, bent down and folded."""
    wide, bend, fold = random.uniform(0.15, 0.5), random.uniform(-0.2, 0.6), random.uniform(0.0, 0.5)
    flat = sheet(1.0, 1.0, np.multiply, steps=8)  # its height is replaced
    along, across = flat.points[:, 0] + 0.5, flat.points[:, 1]
    width = wide * np.sin(math.pi * np.clip(along, 0.02, 0.995) ** random.uniform(0.6, 1.1))
    points = np.column_stack([along, across * width, -bend * along**2 + fold * np.abs(across * width)])
    return Mesh(points=points * long_m, faces=flat.faces)


def _grass(random: np.random.Generator) -> list[Solid]:
    blades = []
    for _ in range(int(random.integers(30, 90))):
        high, lean = float(random.uniform(0.15, 0.5)), random.normal(0, 0.35, 2)
        t = np.linspace(0, 1, 8)
        root = random.uniform(-0.12, 0.12, 2)
        path = np.column_stack([root[0] + lean[0] * high * t**2, root[1] + lean[1] * high * t**2, high * t])
        blades.append(tube(path, np.linspace(0.003, 0.0004, 8), segments=4))
    return [Solid(mesh=joined(blades), material=leafy(random, 0.2), smooth=True)]


def _pot(random: np.random.Generator, high_m: float) -> Solid:
    radius = high_m * float(random.uniform(0.5, 0.8))
    profile = [
        (radius * 0.7, 0),
        (radius, high_m),
        (radius * 0.9, high_m),
        (radius * 0.88, high_m * 0.9),
        (0.001, high_m * 0.9),
    ]
    return Solid(mesh=lathe(profile), material=any_material(random, 0.1), smooth=False)
