"""Thin things in front of something far away."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from capture.simulator.optics.surface import Surface
from capture.simulator.scenes.paint import Paint
from capture.simulator.scenes.palettes import paint_of
from capture.simulator.scenes.recipe import Recipe
from capture.simulator.scenes.shapes import Plane, Shape


def fence(recipe: Recipe) -> list[Surface]:
    """Pickets, wires and twigs before something far away."""
    background = recipe.backdrop(str(recipe.rng.choice(("bricks", "leaves", "stone"))), slope=0.05)
    pickets = recipe.paint(_pickets(recipe), _weathered_paint(recipe))
    wires = _drawn(recipe, _mesh(recipe), width_px=2.6, share=recipe.uniform(0.68, 0.78))
    twigs = _drawn(recipe, _twigs(recipe), width_px=4.5, share=recipe.uniform(0.93, 0.97))
    return [
        background,
        pickets,
        recipe.paint(wires, paint_of("scratched", recipe.rng, tint=0.1)),
        recipe.paint(twigs, paint_of("wood", recipe.rng, tint=0.2)),
    ]


def _weathered_paint(recipe: Recipe) -> Paint:
    """White paint through which the grain of the wood shows."""
    paint = paint_of("wood", recipe.rng, tint=0.05)
    shade = recipe.uniform(0.85, 0.95)
    return replace(paint, dark=(0.18, 0.2, 0.22), light=(shade, shade, shade))


def _pickets(recipe: Recipe) -> Shape:
    width, height = recipe.width, recipe.height
    slope = recipe.uniform(0.1, 0.16) * float(recipe.rng.choice((-1.0, 1.0)))
    span_dpt = recipe.near_dpt - recipe.far_dpt
    plane = Plane(centre_dpt=recipe.dpt(0.42), per_x=slope * span_dpt / width)
    pitch, board = 0.115 * height, 0.06 * height
    outlines = [_picket(x, board=board, recipe=recipe) for x in np.arange(-0.65 * width, 0.65 * width, pitch)]
    rails = [_rail(recipe, y=y) for y in (-0.08 * height, 0.3 * height)]
    coverage = np.maximum.reduce([recipe.canvas.polygon(outline) for outline in outlines + rails])
    return plane.shape(recipe.canvas, coverage=coverage)


def _picket(x: float, *, board: float, recipe: Recipe) -> NDArray[np.float64]:
    top = recipe.height * (-0.22 + recipe.uniform(-0.015, 0.015))
    left, right, bottom = x - board / 2, x + board / 2, float(recipe.height)
    return np.array([[left, bottom], [left, top], [x, top - 0.7 * board], [right, top], [right, bottom]])


def _rail(recipe: Recipe, *, y: float) -> NDArray[np.float64]:
    half, thick = float(recipe.width), 0.02 * recipe.height
    return np.array([[-half, y - thick], [half, y - thick], [half, y + thick], [-half, y + thick]])


def _mesh(recipe: Recipe) -> list[NDArray[np.float64]]:
    """Wires of a mesh across the lower half, not quite even."""
    width, height = float(recipe.width), float(recipe.height)
    lines = []
    for x in np.arange(-1.5 * width, 1.5 * width, 0.14 * height):
        shift = recipe.uniform(-0.02, 0.02) * height
        top = np.array([x + shift, 0.02 * height])
        lines += [np.array([top, top + height * np.array([lean, 0.68])]) for lean in (-0.6, 0.6)]
    lines.append(np.array([[-width, 0.02 * height], [width, 0.02 * height]]))
    return lines


def _twigs(recipe: Recipe) -> list[NDArray[np.float64]]:
    """Branches that grow in from the sides, with side shoots."""
    twigs = []
    for _ in range(int(recipe.rng.integers(3, 5))):
        side = float(recipe.rng.choice((-1.0, 1.0)))
        start = np.array([side * 0.56 * recipe.width, recipe.uniform(-0.5, 0.2) * recipe.height])
        branch = _branch(
            recipe, start=start, heading=np.pi * (side > 0) + recipe.uniform(-0.5, 0.5), joints=14
        )
        twigs.append(branch)
        for joint in branch[3:-2:2]:
            heading = np.pi * (side > 0) + recipe.uniform(-1.3, 1.3)
            twigs.append(_branch(recipe, start=joint, heading=heading, joints=5))
    return twigs


def _branch(
    recipe: Recipe, *, start: NDArray[np.float64], heading: float, joints: int
) -> NDArray[np.float64]:
    headings = heading + np.cumsum(recipe.rng.uniform(-0.25, 0.25, joints))
    moves = 0.035 * recipe.height * np.column_stack((np.cos(headings), np.sin(headings)))
    return np.vstack((start, start + np.cumsum(moves, axis=0)))


def _drawn(recipe: Recipe, lines: list[NDArray[np.float64]], *, width_px: float, share: float) -> Shape:
    """Lines in one plane, a little turned."""
    scale = max(recipe.height / 480.0, 0.6)
    coverage = recipe.canvas.strokes(lines, widths_px=[width_px * scale] * len(lines))
    tilt = recipe.uniform(-0.03, 0.03) * (recipe.near_dpt - recipe.far_dpt) / recipe.width
    return Plane(centre_dpt=recipe.dpt(share), per_x=tilt).shape(recipe.canvas, coverage=coverage)
