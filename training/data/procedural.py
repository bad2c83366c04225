"""Procedural scenes: tilted shapes with photographs, or nothing, on them, one before the other."""

import math
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from capture.simulator.optics.surface import FloatImage, Surface
from training.data.picture import to_linear
from training.data.picture_file import read_picture

SUPERSAMPLING = 4
PLAIN_SHARE = 0.25
"""Share of surfaces without any texture but a soft shading."""


def procedural_surfaces(
    random: np.random.Generator, *, textures: Sequence[Path], size_px: int
) -> tuple[Surface, ...]:
    """Make a background and some shapes before it, far to near, with vergence 0 … 1.

    Parameters
    ----------
    random
        Decides everything.
    textures
        Photographs to put on the surfaces.
    size_px
        Side of the square canvas.
    """
    count = int(random.integers(3, 11))
    levels = np.sort(random.uniform(0.05, 1.0, count))
    background = Surface(
        radiance=_texture(random, textures, size_px),
        coverage=np.ones((size_px, size_px), np.float32),
        vergence_dpt=plane(random, float(random.uniform(0.0, 0.3)), size_px, tilt=0.25),
    )
    shapes = [
        Surface(
            radiance=_texture(random, textures, size_px),
            coverage=shape(random, size_px),
            vergence_dpt=plane(random, float(level), size_px, tilt=0.15),
        )
        for level in levels
    ]
    return (background, *shapes)


def plane(random: np.random.Generator, level: float, size_px: int, *, tilt: float) -> FloatImage:
    """Vergence of a tilted plane: linear in the image, as it is in projection."""
    slope = random.normal(0.0, tilt, 2) / size_px
    rows, columns = np.mgrid[:size_px, :size_px].astype(np.float32) - size_px / 2
    return np.clip(level + slope[0] * rows + slope[1] * columns, 0.0, 1.0).astype(np.float32)


def _texture(random: np.random.Generator, textures: Sequence[Path], size_px: int) -> FloatImage:
    """(H, W, 3) linear light: a piece of a photograph, or a plain colour with soft shading."""
    if random.random() < PLAIN_SHARE:
        colour = random.uniform(0.05, 0.9, 3).astype(np.float32)
        shade = plane(random, 0.8, size_px, tilt=0.2)
        return np.asarray(colour * shade[..., None], np.float32)
    path = textures[int(random.integers(len(textures)))]
    image = read_picture(path, cv2.IMREAD_COLOR)
    scale = max(size_px / min(image.shape[:2]), float(random.uniform(0.4, 1.2)))
    image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    top = int(random.integers(max(image.shape[0] - size_px, 0) + 1))
    left = int(random.integers(max(image.shape[1] - size_px, 0) + 1))
    piece = cv2.resize(image[top : top + size_px, left : left + size_px], (size_px, size_px))
    return to_linear(np.rot90(piece, int(random.integers(4))).copy())


def shape(random: np.random.Generator, size_px: int) -> FloatImage:
    """(H, W) coverage of an ellipse, a polygon, or a thin bar, with smooth edges."""
    side = size_px * SUPERSAMPLING
    mask = np.zeros((side, side), np.uint8)
    kind = random.choice(["ellipse", "polygon", "bar"], p=[0.4, 0.4, 0.2])
    centre = random.uniform(0.1, 0.9, 2) * side
    if kind == "ellipse":
        axes = random.uniform(0.06, 0.3, 2) * side
        angle = float(random.uniform(0, 180))
        cv2.ellipse(mask, (centre.astype(int).tolist(), (2 * axes).astype(int).tolist(), angle), 255, -1)
    elif kind == "polygon":
        cv2.fillPoly(mask, [_polygon(random, centre, side)], 255)
    else:
        _draw_bar(random, mask, centre)
    return cv2.resize(mask, (size_px, size_px), interpolation=cv2.INTER_AREA).astype(np.float32) / 255.0


def _polygon(random: np.random.Generator, centre: np.ndarray, side: int) -> np.ndarray:
    corners = int(random.integers(3, 8))
    angles = np.sort(random.uniform(0, 2 * math.pi, corners))
    radii = random.uniform(0.08, 0.35, corners) * side
    points = centre + radii[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return points.astype(np.int32)


def _draw_bar(random: np.random.Generator, mask: np.ndarray, centre: np.ndarray) -> None:
    angle = float(random.uniform(0, math.pi))
    reach = float(random.uniform(0.2, 1.0)) * mask.shape[0] * np.array([math.cos(angle), math.sin(angle)])
    width = int(random.uniform(1.5, 8.0) * SUPERSAMPLING)
    start, end = (centre - reach).astype(int), (centre + reach).astype(int)
    cv2.line(mask, start.tolist(), end.tolist(), 255, width)
