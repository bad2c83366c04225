"""Rooms: walls, furniture, things on it."""

import math

import numpy as np

from training.data.blender.arrange import floor_material, spots
from training.data.blender.materials import any_material, plain, wood
from training.data.blender.meshes import box, joined, lathe, moved, sheet, turned
from training.data.blender.plan import Camera, Material, Setting, Solid
from training.data.blender.things import at, thing


def room(random: np.random.Generator) -> Setting:
    """Arrange a closed room of 3 to 7 metres, seen from one of its ends."""
    wide, deep, high = (float(random.uniform(*r)) for r in ((3.0, 5.5), (3.5, 7.0), (2.3, 3.0)))
    solids = [*_walls(random, wide, deep, high), *_pictures(random, wide, deep)]
    for x, y in spots(
        random, int(random.integers(6, 14)), half_x_m=wide * 0.42, half_y_m=deep * 0.42, gap_m=0.75
    ):
        if y > -deep * 0.28:  # room for the camera
            turn = turned(0, 0, float(random.choice([0, math.pi / 2, random.uniform(0, 6)])))
            solids += [at(part, (x, y, 0.0), turn) for part in _furniture(random)]
    near = (float(random.uniform(-0.3, 0.3)) * wide, -deep * 0.46, float(random.uniform(0.6, 1.8)))
    target = (float(random.uniform(-0.3, 0.3)) * wide, deep * 0.3, float(random.uniform(0.3, 1.3)))
    view = math.radians(random.uniform(45, 75))
    camera = Camera(position_m=near, target_m=target, roll_rad=float(random.normal(0, 0.05)), view_rad=view)
    return Setting(solids=tuple(solids), camera=camera, reach_m=min(wide, deep) / 2, ceiling_m=high)


def _walls(random: np.random.Generator, wide: float, deep: float, high: float) -> list[Solid]:
    up = math.pi / 2
    paint = _paint(random)
    places = [
        (sheet(wide, high), (0, deep / 2, high / 2), turned(up)),
        (sheet(wide, high), (0, -deep / 2, high / 2), turned(up)),
        (sheet(deep, high), (wide / 2, 0, high / 2), turned(up, 0, up)),
        (sheet(deep, high), (-wide / 2, 0, high / 2), turned(up, 0, up)),
    ]
    walls = [
        Solid(mesh=moved(mesh, place, turn), material=paint if random.random() < 0.6 else _paint(random))
        for mesh, place, turn in places
    ]
    floor = Solid(mesh=sheet(wide, deep), material=floor_material(random, 1.0))
    ceiling = Solid(
        mesh=moved(sheet(wide, deep), (0, 0, high)), material=plain(random, 1.0, value=(0.4, 0.85))
    )
    return [*walls, floor, ceiling]


def _paint(random: np.random.Generator) -> Material:
    return plain(random, 1.0, value=(0.15, 0.8)) if random.random() < 0.35 else any_material(random, 1.5)


def _pictures(random: np.random.Generator, wide: float, deep: float) -> list[Solid]:
    result = []
    for _ in range(int(random.integers(1, 6))):
        across, high = random.uniform(0.3, 1.2, 2)
        frame = Solid(mesh=box(across, 0.04, high), material=any_material(random, 0.6))
        z = float(random.uniform(0.9, 1.5))
        if random.random() < 0.5:
            result.append(at(frame, (random.uniform(-0.4, 0.4) * wide, deep / 2 - 0.02, z)))
        else:
            side = random.choice([-1, 1]) * (wide / 2 - 0.02)
            result.append(at(frame, (side, random.uniform(-0.2, 0.4) * deep, z), turned(0, 0, math.pi / 2)))
    return result


def _furniture(random: np.random.Generator) -> list[Solid]:
    draw = (_table, _seat, _cupboard, _lamp, _big_thing)[int(random.integers(5))]
    return draw(random)


def _table(random: np.random.Generator) -> list[Solid]:
    x, y, z = (float(random.uniform(*r)) for r in ((0.6, 1.4), (0.5, 0.9), (0.4, 0.8)))
    top = Solid(mesh=moved(box(x, y, 0.03), (0, 0, z)), material=floor_material(random, 0.7), bevel_m=0.005)
    leg = lathe([(0.02, 0.0), (0.025, z)], segments=12)
    corners = [(sx * (x / 2 - 0.05), sy * (y / 2 - 0.05), 0) for sx in (-1, 1) for sy in (-1, 1)]
    legs = Solid(mesh=joined([moved(leg, corner) for corner in corners]), material=wood(random, 0.5))
    on_top = [
        at(thing(random, float(random.uniform(0.1, 0.35))), (px, py, z + 0.03))
        for px, py in spots(random, 3, half_x_m=x * 0.35, half_y_m=y * 0.35, gap_m=0.25)
    ]
    return [top, legs, *on_top]


def _seat(random: np.random.Generator) -> list[Solid]:
    wide, high = float(random.uniform(0.45, 1.8)), float(random.uniform(0.35, 0.45))
    cloth = any_material(random, 0.6)
    parts = [box(wide, 0.6, high), moved(box(wide, 0.15, high * 2), (0, 0.3, 0))]
    if wide > 0.9:
        parts += [moved(box(0.15, 0.6, high * 1.4), (side * wide / 2, 0, 0)) for side in (-1, 1)]
    return [Solid(mesh=part, material=cloth, bevel_m=0.04) for part in parts]


def _cupboard(random: np.random.Generator) -> list[Solid]:
    x, z = float(random.uniform(0.5, 1.2)), float(random.uniform(0.7, 2.0))
    body = Solid(mesh=box(x, 0.45, z), material=any_material(random, 0.8), bevel_m=0.005)
    door = moved(box(x / 2 - 0.03, 0.02, z - 0.1), (0, -0.235, 0.05))
    doors = joined([moved(door, (side * x / 4, 0, 0)) for side in (-1, 1)])
    return [body, Solid(mesh=doors, material=any_material(random, 0.8), bevel_m=0.003)]


def _lamp(random: np.random.Generator) -> list[Solid]:
    high, radius = float(random.uniform(1.2, 1.7)), float(random.uniform(0.12, 0.25))
    stand = lathe([(0.15, 0), (0.15, 0.02), (0.012, 0.04), (0.012, high)], segments=20)
    shade = lathe([(radius, high - 0.05), (radius * 0.6, high + 0.25)], segments=24)
    return [
        Solid(mesh=stand, material=plain(random, 0.5)),
        Solid(mesh=shade, material=any_material(random, 0.3), smooth=True),
    ]


def _big_thing(random: np.random.Generator) -> list[Solid]:
    return [thing(random, float(random.uniform(0.3, 0.8)))]
