"""Circuit boards with components, from close by."""

import math

import numpy as np

from training.data.blender.arrange import backdrop, ground, seen_from, spots
from training.data.blender.materials import any_material, metal, plain
from training.data.blender.meshes import box, joined, lathe, moved, tube, turned
from training.data.blender.plan import Material, Mesh, Setting, Solid
from training.data.blender.things import at, cable

HALF_M = 0.06


def board(random: np.random.Generator) -> Setting:
    """Arrange a board of 12 cm, seen from 7 to 25 cm, mostly at a slant."""
    green = plain(random, 0.05, value=(0.02, 0.3))
    solids = [
        ground(random, 0.1),
        backdrop(random, 0.1, distance_m=float(random.uniform(0.12, 0.4))),
        Solid(mesh=moved(box(2 * HALF_M, 2 * HALF_M, 0.0016), (0, 0, 0.008)), material=green),
        _traces(random),
    ]
    metal_, black = metal(random, 0.02), plain(random, 0.02, value=(0.01, 0.06))
    count = int(random.integers(25, 60))
    for x, y in spots(random, count, half_x_m=0.92 * HALF_M, half_y_m=0.92 * HALF_M, gap_m=0.0115):
        turn = turned(0, 0, float(random.integers(4)) * math.pi / 2)
        solids += [at(part, (x, y, 0.0096), turn) for part in _component(random, metal_, black)]
    solids += [_wire(random) for _ in range(int(random.integers(0, 3)))]
    target = (float(random.uniform(-0.03, 0.03)), float(random.uniform(-0.03, 0.02)), 0.013)
    camera = seen_from(
        random, target, distance_m=(0.07, 0.25), elevation_deg=(12, 60), azimuth_deg=(-180, 180)
    )
    return Setting(solids=tuple(solids), camera=camera, reach_m=0.1)


def _traces(random: np.random.Generator) -> Solid:
    pieces = []
    for _ in range(int(random.integers(20, 60))):
        x, y = random.uniform(-0.9, 0.9, 2) * HALF_M
        long, wide = float(random.uniform(0.005, 0.05)), float(random.uniform(0.0004, 0.0012))
        turn = turned(0, 0, float(random.integers(8)) * math.pi / 4)
        pieces.append(
            moved(box(min(long, 2 * (HALF_M - max(abs(x), abs(y)))), wide, 0.00008), (x, y, 0.0096), turn)
        )
    return Solid(mesh=joined(pieces), material=metal(random, 0.02))


def _component(random: np.random.Generator, shiny: Material, black: Material) -> list[Solid]:
    draw = (_chip, _chip, _capacitor, _resistor, _resistor, _connector, _heatsink, _coil)[
        int(random.integers(8))
    ]
    return draw(random, shiny, black)


def _chip(random: np.random.Generator, shiny: Material, black: Material) -> list[Solid]:
    pins, pitch, across = int(random.integers(3, 7)), 0.0016, float(random.uniform(0.004, 0.007))
    body = moved(box(across, pins * pitch, 0.0018), (0, 0, 0.0006))
    leg = np.array([(0.0, 0, 0.0014), (0.0008, 0, 0.0014), (0.0011, 0, 0.0002), (0.0018, 0, 0.0002)])
    legs = []
    for k in range(pins):
        y = (k - (pins - 1) / 2) * pitch
        bent = tube(leg + np.array([across / 2, y, 0]), 0.0003, segments=4)
        legs += [bent, moved(bent, (0, 0, 0), turned(0, 0, math.pi))]
    return [Solid(mesh=body, material=black, bevel_m=0.0002), Solid(mesh=joined(legs), material=shiny)]


def _capacitor(random: np.random.Generator, shiny: Material, black: Material) -> list[Solid]:
    radius, high = float(random.uniform(0.002, 0.005)), float(random.uniform(0.006, 0.016))
    can = lathe([(radius, 0), (radius, high * 0.95), (radius * 0.9, high)], segments=24)
    sleeve = any_material(random, 0.01) if random.random() < 0.5 else black
    lid = moved(lathe([(radius * 0.85, 0), (radius * 0.85, 0.0002)], segments=24), (0, 0, high))
    return [Solid(mesh=can, material=sleeve), Solid(mesh=lid, material=shiny)]


def _resistor(random: np.random.Generator, shiny: Material, black: Material) -> list[Solid]:
    if random.random() < 0.5:
        ends = joined([moved(box(0.0006, 0.0016, 0.0007), (side * 0.0015, 0, 0)) for side in (-1, 1)])
        return [Solid(mesh=box(0.0026, 0.0015, 0.0006), material=black), Solid(mesh=ends, material=shiny)]
    lead = np.array([(-0.005, 0, 0), (-0.0048, 0, 0.002), (0.0048, 0, 0.002), (0.005, 0, 0)])
    body = lathe(
        [
            (0.0009, -0.003),
            (0.0013, -0.0024),
            (0.001, -0.001),
            (0.001, 0.001),
            (0.0013, 0.0024),
            (0.0009, 0.003),
        ]
    )
    on_side: Mesh = moved(body, (0, 0, 0.002), turned(0, math.pi / 2))
    return [
        Solid(mesh=on_side, material=any_material(random, 0.004, pattern="wave"), smooth=True),
        Solid(mesh=tube(lead, 0.0003, segments=6), material=shiny),
    ]


def _connector(random: np.random.Generator, shiny: Material, black: Material) -> list[Solid]:
    pins = int(random.integers(2, 6))
    pin = box(0.0006, 0.0006, 0.009)
    row = [
        moved(pin, ((k - (pins - 1) / 2) * 0.00254, y, 0)) for k in range(pins) for y in (-0.00127, 0.00127)
    ]
    base = box(pins * 0.00254, 0.005, 0.0025)
    return [Solid(mesh=base, material=black), Solid(mesh=joined(row), material=shiny)]


def _heatsink(random: np.random.Generator, shiny: Material, black: Material) -> list[Solid]:
    fins, high = int(random.integers(4, 8)), float(random.uniform(0.005, 0.013))
    fin = box(0.0006, 0.009, high)
    parts = [
        box(0.009, 0.009, 0.0015),
        *(moved(fin, ((k / (fins - 1) - 0.5) * 0.0084, 0, 0)) for k in range(fins)),
    ]
    return [Solid(mesh=joined(parts), material=black if random.random() < 0.5 else shiny)]


def _coil(random: np.random.Generator, shiny: Material, black: Material) -> list[Solid]:
    del shiny
    turns = int(random.integers(6, 12))
    angle = np.linspace(0, 2 * math.pi * turns, turns * 12)
    radius = float(random.uniform(0.002, 0.0035))
    path = np.column_stack(
        [np.linspace(-0.004, 0.004, len(angle)), radius * np.cos(angle), radius * np.sin(angle)]
    )
    wire = tube(path + np.array([0, 0, radius + 0.0004]), 0.00035, segments=6)
    copper = plain(random, 0.01)
    core = moved(
        lathe([(radius * 0.8, -0.0045), (radius * 0.8, 0.0045)]),
        (0, 0, radius + 0.0004),
        turned(0, math.pi / 2),
    )
    return [Solid(mesh=wire, material=copper, smooth=True), Solid(mesh=core, material=black)]


def _wire(random: np.random.Generator) -> Solid:
    ends = random.uniform(-0.9, 0.9, (2, 2)) * HALF_M
    shares = np.array([0.0, 0.1, 0.5, 0.9, 1.0])
    flat = ends[0] + shares[:, None] * (ends[1] - ends[0]) + random.normal(0, 0.006, (5, 2))
    high = 0.01 + np.array([0.0, 0.012, float(random.uniform(0.015, 0.04)), 0.012, 0.0])
    return cable(random, np.column_stack([flat, high]), float(random.uniform(0.0006, 0.0015)))
