"""Where things and the camera are."""

import math
from collections.abc import Iterator

import numpy as np

from training.data.blender.materials import any_material, dark, plain, wood
from training.data.blender.meshes import moved, sheet, turned
from training.data.blender.plan import Camera, Material, Solid

VIEWS_DEG = (22.0, 68.0)
"""Angles of view: from a long lens to a wide one."""


def seen_from(
    random: np.random.Generator,
    target_m: tuple[float, float, float],
    *,
    distance_m: tuple[float, float],
    elevation_deg: tuple[float, float],
    azimuth_deg: tuple[float, float] = (-50.0, 50.0),
    view_deg: tuple[float, float] = VIEWS_DEG,
) -> Camera:
    """Put a camera about a target; at azimuth 0 it looks along +y."""
    distance = math.exp(random.uniform(*np.log(distance_m)))
    elevation, azimuth = np.radians([random.uniform(*elevation_deg), random.uniform(*azimuth_deg)])
    away = np.array(
        [
            math.sin(azimuth) * math.cos(elevation),
            -math.cos(azimuth) * math.cos(elevation),
            math.sin(elevation),
        ]
    )
    x, y, z = (np.asarray(target_m) + distance * away).tolist()
    return Camera(
        position_m=(x, y, z),
        target_m=target_m,
        roll_rad=float(random.normal(0.0, 0.08)),
        view_rad=math.radians(random.uniform(*view_deg)),
    )


def floor_material(random: np.random.Generator, size_m: float) -> Material:
    """Draw a floor or a table: often dark or plain, where focus finds nothing."""
    draw = (dark, plain, wood, any_material)[int(random.choice(4, p=[0.17, 0.15, 0.22, 0.46]))]
    return draw(random, size_m)


def ground(random: np.random.Generator, size_m: float) -> Solid:
    """Make a floor in z = 0, twelve times as wide as what stands on it."""
    return Solid(mesh=sheet(12 * size_m, 12 * size_m), material=floor_material(random, size_m))


def backdrop(random: np.random.Generator, size_m: float, *, distance_m: float) -> Solid:
    """Make a wall behind everything, `distance_m` along +y and a little oblique."""
    turn = turned(math.pi / 2, 0.0, float(random.uniform(-0.5, 0.5)))
    wall = moved(sheet(30 * size_m, 30 * size_m), (0.0, distance_m, 0.0), turn)
    draw = (plain, any_material)[int(random.random() < 0.7)]
    return Solid(mesh=wall, material=draw(random, size_m))


def spots(
    random: np.random.Generator, count: int, *, half_x_m: float, half_y_m: float, gap_m: float
) -> Iterator[tuple[float, float]]:
    """Draw places on a rectangle that are at least `gap_m` apart; fewer where it is full."""
    taken: list[np.ndarray] = []
    for _ in range(20 * count):
        spot = random.uniform((-half_x_m, -half_y_m), (half_x_m, half_y_m))
        if all(np.linalg.norm(spot - other) > gap_m for other in taken):
            taken.append(spot)
            yield float(spot[0]), float(spot[1])
        if len(taken) == count:
            return
