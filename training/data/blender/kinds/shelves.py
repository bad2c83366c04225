"""Shelves with books, bottles and boxes."""

import numpy as np

from training.data.blender.arrange import backdrop, ground, seen_from
from training.data.blender.materials import any_material, plain, wood
from training.data.blender.meshes import box, moved, turned
from training.data.blender.plan import Setting, Solid
from training.data.blender.things import at, book, thing


def shelf(random: np.random.Generator) -> Setting:
    """Arrange a shelf seen from half a metre to two metres, often along it."""
    wide, deep, pitch = (float(random.uniform(*r)) for r in ((0.7, 1.8), (0.22, 0.4), (0.26, 0.42)))
    boards = int(random.integers(3, 6))
    solids = [*_case(random, wide, deep, pitch, boards)]
    for level in range(boards):
        solids += _row(random, wide, deep, pitch, base_m=level * pitch + 0.02)
    solids += [ground(random, 1.0), backdrop(random, 1.0, distance_m=float(random.uniform(0.3, 1.5)))]
    middle = float(random.uniform(0.3, 0.8)) * boards * pitch
    target = (float(random.uniform(-0.3, 0.3)) * wide, 0.0, middle)
    camera = seen_from(
        random,
        target,
        distance_m=(0.5, 1.5),
        elevation_deg=(-15, 30),
        azimuth_deg=(-70, 70),
        view_deg=(30, 65),
    )
    return Setting(solids=tuple(solids), camera=camera, reach_m=1.0)


def _case(random: np.random.Generator, wide: float, deep: float, pitch: float, boards: int) -> list[Solid]:
    draw = (wood, plain, any_material)[int(random.integers(3))]
    material = draw(random, 0.5)
    flat, upright = box(wide, deep, 0.02), box(0.02, deep, boards * pitch)
    meshes = [moved(flat, (0, 0, level * pitch)) for level in range(boards + 1)]
    meshes += [moved(upright, (side * wide / 2, 0, 0)) for side in (-1, 1)]
    case = [Solid(mesh=mesh, material=material, bevel_m=0.001) for mesh in meshes]
    if random.random() < 0.7:
        back = moved(box(wide, 0.01, boards * pitch), (0, deep / 2, 0))
        case.append(
            Solid(mesh=back, material=material if random.random() < 0.5 else any_material(random, 0.5))
        )
    return case


def _row(
    random: np.random.Generator, wide: float, deep: float, pitch: float, *, base_m: float
) -> list[Solid]:
    x, end = -wide / 2 + 0.02, wide / 2 - 0.03
    row = []
    books = random.random() < 0.6
    while x < end:
        if random.random() < 0.08:
            books = not books
        if books:
            thick = float(random.uniform(0.012, 0.06))
            high, far = float(random.uniform(0.55, 0.9)) * pitch, float(random.uniform(0.5, 0.8)) * deep
            lean = turned(0, float(random.uniform(0.1, 0.25)), 0) if random.random() < 0.06 else None
            front = -deep / 2 + far / 2 + float(random.uniform(0.0, 0.06))
            row.append(
                at(book(random, thick_m=thick, deep_m=far, high_m=high), (x + thick / 2, front, base_m), lean)
            )
            x += thick + 0.002
        else:
            size = float(random.uniform(0.35, 0.85)) * pitch
            place = (x + size / 2, float(random.uniform(-0.25, 0.1)) * deep, base_m)
            row.append(at(thing(random, size), place, turned(0, 0, random.uniform(0, 6))))
            x += size * float(random.uniform(0.8, 1.6))
    return row
