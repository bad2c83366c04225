"""Scenes made of numbers alone: shapes, rooms with a floor, and rough surfaces."""

import math

import cv2
import numpy as np

from capture.simulator.optics.surface import FloatImage, Surface, float_image
from training.data.picture import Picture
from training.data.procedural import plane, shape
from training.data.world.textures import dark_texture, octaves, random_texture

ROOM_SHARE = 0.5
"""Share of scenes with a floor and a wall."""
DARK_FLOOR_SHARE = 0.3
"""Share of these whose floor and wall are plain and dark."""


def scene_surfaces(
    random: np.random.Generator, *, size_px: int, dark_floor: bool | None = None
) -> tuple[Surface, ...]:
    """Make a background, or a floor and a wall, and shapes before it, far to near, with vergence 0 … 1.

    With `dark_floor` there is always a floor, and floor and wall are plain and dark; None draws it.
    """
    if dark_floor or random.random() < ROOM_SHARE:
        is_dark = random.random() < DARK_FLOOR_SHARE or bool(dark_floor)
        return _room(random, size_px, dark=is_dark)
    levels = np.sort(random.uniform(0.05, 1.0, int(random.integers(2, 11))))
    tilt = float(random.uniform(0.05, 0.8))
    background = _surface(
        random,
        np.ones((size_px, size_px), np.float32),
        plane(random, float(random.uniform(0.0, 0.3)), size_px, tilt=tilt),
    )
    return (background, *(_shape(random, size_px, float(level)) for level in levels))


def relief_picture(random: np.random.Generator, *, size_px: int) -> Picture:
    """Make a rough surface with texture all over: a height field of octaves on a slant."""
    roughness = float(random.uniform(0.25, 0.6))
    height = octaves(random, size_px, roughness=roughness)
    height = float_image(cv2.GaussianBlur(height, (0, 0), random.uniform(0.5, 3.0)))
    slant = plane(random, 0.5, size_px, tilt=0.3)
    nearness = random.uniform(0.3, 1.2) * height + slant
    radiance = random_texture(random, size_px)
    grain = octaves(random, size_px, roughness=float(random.uniform(0.8, 1.1)))
    lit = np.gradient(height, axis=int(random.integers(2))) * random.uniform(0.0, 8.0)
    light = radiance * (0.4 + 0.9 * grain[..., None]) * np.clip(1.0 + lit, 0.3, 1.7)[..., None]
    return Picture(radiance=float_image(np.clip(light, 0.0, 1.0)), nearness=float_image(0.5 + nearness))


def _room(random: np.random.Generator, size_px: int, *, dark: bool) -> tuple[Surface, ...]:
    """Make a wall, a floor whose vergence grows from the horizon down, and things that stand on it."""
    horizon = random.uniform(0.15, 0.6) * size_px
    rows, columns = np.mgrid[:size_px, :size_px].astype(np.float32)
    far = float(random.uniform(0.0, 0.3))
    slope = float(random.uniform(0.5, 1.0)) * (1.0 - far) / (size_px - horizon)
    lean = random.normal(0.0, 0.1) / size_px * (columns - size_px / 2)
    below = rows - horizon - random.normal(0.0, 0.15) * (columns - size_px / 2)
    wall = np.clip(far + lean, 0.0, 1.0).astype(np.float32)
    floor = np.clip(far + slope * below, 0.0, 1.0).astype(np.float32)
    whole = np.ones((size_px, size_px), np.float32)
    surfaces = [
        _surface(random, whole, wall, dark=dark),
        _surface(
            random, np.clip(below + 0.5, 0.0, 1.0).astype(np.float32), np.maximum(floor, wall), dark=dark
        ),
    ]
    levels = np.sort(random.uniform(far, 1.0, int(random.integers(0, 7))))
    for level in levels:
        foot = horizon + (level - far) / slope
        height, width = random.uniform(0.1, 0.5, 2) * size_px * (0.4 + level)
        middle = random.uniform(0.0, size_px)
        coverage = _block(random, rows, columns, foot=foot, height=height, middle=middle, width=width)
        if coverage.max() > 0.5:
            surfaces.append(_surface(random, coverage, plane(random, float(level), size_px, tilt=0.1)))
    return tuple(surfaces)


def _block(
    random: np.random.Generator,
    rows: FloatImage,
    columns: FloatImage,
    *,
    foot: float,
    height: float,
    middle: float,
    width: float,
) -> FloatImage:
    """Coverage of a block, a cone or a ball that stands with its foot at a row."""
    across, down = np.abs(columns - middle), rows - (foot - height)
    kind = random.integers(3)
    if kind == 0:
        inside = np.minimum(width / 2 - across, np.minimum(down, foot - rows))
    elif kind == 1:
        inside = np.minimum(width / 2 * np.clip(down / height, 0.0, 1.0) - across, foot - rows)
    else:
        radius = min(height, width) / 2
        inside = radius - np.hypot(across, rows - (foot - radius))
    return np.clip(inside + 0.5, 0.0, 1.0).astype(np.float32)


def _shape(random: np.random.Generator, size_px: int, level: float) -> Surface:
    return _surface(random, shape(random, size_px), plane(random, level, size_px, tilt=0.15))


def _surface(
    random: np.random.Generator, coverage: FloatImage, vergence: FloatImage, *, dark: bool = False
) -> Surface:
    texture = dark_texture if dark else random_texture
    return Surface(radiance=texture(random, len(coverage)), coverage=coverage, vergence_dpt=vergence)


def without_texture(random: np.random.Generator, radiance: FloatImage) -> FloatImage:
    """Take the fine detail out of a part of an (H, W, 3) picture, or of all of it, perhaps making it dark.

    Edges between colours stay, as on painted walls and floors.
    """
    smooth = radiance
    for _ in range(3):
        smooth = float_image(cv2.bilateralFilter(smooth, 9, 0.12, 4.0))
    kept = float(random.uniform(0.0, 0.15))
    part = octaves(random, len(radiance), roughness=0.3) > random.choice((-1.0, 0.35, 0.6))
    soft = float_image(cv2.GaussianBlur(part.astype(np.float32), (0, 0), 2.0))[..., None]
    dark = math.exp(random.uniform(math.log(0.04), math.log(0.4))) if random.random() < 0.5 else 1.0
    plain = (smooth + kept * (radiance - smooth)) * np.float32(dark)
    return float_image(np.maximum(radiance + soft * (plain - radiance), 0.0))
