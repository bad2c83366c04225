"""Procedural textures: square maps of 0 … 1 that never repeat, with detail down to two or three pixels."""

import string
from collections.abc import Callable

import cv2
import numpy as np

from capture.simulator.optics.surface import FloatImage, float_image

Texture = Callable[[np.random.Generator, int], FloatImage]


def make_texture(kind: str, rng: np.random.Generator, *, size_px: int) -> FloatImage:
    """(size_px, size_px) float32 map of 0 … 1; `kind` is a key of `TEXTURES`."""
    return TEXTURES[kind](rng, size_px)


def octave_noise(
    rng: np.random.Generator,
    shape: tuple[int, int],
    *,
    coarsest_px: float,
    finest_px: float = 2.0,
    persistence: float = 0.75,
    stretch: float = 1.0,
) -> FloatImage:
    """Sum of octaves of smoothed noise, normalised to mean 0 and standard deviation 1.

    Parameters
    ----------
    rng
        Source of chance.
    shape
        (H, W) of the result.
    coarsest_px, finest_px
        Grid of the first and of the last octave.
    persistence
        Amplitude of each octave over that of the one before.
    stretch
        How much longer the grains are along x than along y.
    """
    total = np.zeros(shape, np.float32)
    amplitude, grid_px = 1.0, coarsest_px
    while grid_px >= finest_px:
        cells = (max(2, round(shape[1] / grid_px / stretch)), max(2, round(shape[0] / grid_px)))
        octave = rng.standard_normal((cells[1], cells[0]), np.float32)
        total += np.float32(amplitude) * cv2.resize(octave, shape[::-1], interpolation=cv2.INTER_CUBIC)
        amplitude *= persistence
        grid_px /= 2.0
    mean, deviation = cv2.meanStdDev(total)
    total -= np.float32(mean[0, 0])
    total /= np.float32(max(deviation[0, 0], 1e-6))
    return total


def _unit(values: FloatImage) -> FloatImage:
    """Map ±2 standard deviations to 0 … 1."""
    return float_image(np.clip(0.5 + 0.25 * values, 0.0, 1.0))


def _plaster(rng: np.random.Generator, size_px: int) -> FloatImage:
    return _unit(octave_noise(rng, (size_px, size_px), coarsest_px=size_px / 4, persistence=0.8))


def _stone(rng: np.random.Generator, size_px: int) -> FloatImage:
    base = octave_noise(rng, (size_px, size_px), coarsest_px=64, persistence=0.85)
    veins = np.abs(octave_noise(rng, (size_px, size_px), coarsest_px=size_px / 3, persistence=0.6))
    specks = rng.random((size_px, size_px), np.float32) > 0.97
    return np.clip(_unit(base) * np.minimum(0.3 + 2.5 * veins, 1.0) + 0.25 * specks, 0.0, 1.0)


def _wood(rng: np.random.Generator, size_px: int) -> FloatImage:
    shape = (size_px, size_px)
    across = np.arange(size_px, dtype=np.float32)[:, None] / np.float32(rng.uniform(14.0, 26.0))
    warp = octave_noise(rng, shape, coarsest_px=size_px / 3, finest_px=16, persistence=0.45, stretch=3.0)
    rings = across + 1.6 * warp
    ramp = rings - np.floor(rings)
    fibre = octave_noise(rng, shape, coarsest_px=8, persistence=0.9, stretch=12.0)
    return np.clip(0.75 - 0.5 * ramp**3 + 0.14 * fibre, 0.0, 1.0)


def _planks(rng: np.random.Generator, size_px: int) -> FloatImage:
    wood = _wood(rng, size_px)
    row = 0
    while row < size_px:
        height = int(rng.integers(40, 90))
        wood[row : row + height] = np.roll(wood[row : row + height], int(rng.integers(size_px)), axis=1)
        wood[row : row + height] *= np.float32(rng.uniform(0.65, 1.0))
        wood[row : row + 2] *= np.float32(0.25)
        row += height
    return wood


def _print(rng: np.random.Generator, size_px: int) -> FloatImage:
    page = np.full((size_px, size_px), 255, np.uint8)
    letters = np.array(list(string.ascii_letters + string.digits + "    .,;"))
    row = 8
    while row < size_px + 8:
        heading = rng.random() < 0.12
        scale = float(rng.uniform(0.9, 1.6) if heading else rng.uniform(0.32, 0.5))
        text = "".join(rng.choice(letters, size=size_px // 5))
        row += int(30 * scale) + 2
        origin = (int(rng.integers(0, 24)), row)
        ink = (int(rng.integers(0, 90)),)
        font = cv2.FONT_HERSHEY_DUPLEX if heading else cv2.FONT_HERSHEY_SIMPLEX
        cv2.putText(page, text, origin, font, scale, ink, 2 if heading else 1, cv2.LINE_AA)
    paper = 0.02 * octave_noise(rng, (size_px, size_px), coarsest_px=16)
    return np.clip(page.astype(np.float32) / np.float32(255.0) + paper, 0.0, 1.0)


def _checker(rng: np.random.Generator, size_px: int) -> FloatImage:
    rows, columns = (
        np.searchsorted(np.cumsum(rng.uniform(12.0, 34.0, size_px // 12)), np.arange(size_px))
        for _ in range(2)
    )
    shades = rng.uniform(0.0, 0.25, (rows[-1] + 1, columns[-1] + 1))
    parity = (np.arange(rows[-1] + 1)[:, None] + np.arange(columns[-1] + 1)[None, :]) % 2
    cells = (shades + 0.7 * parity).astype(np.float32)[rows[:, None], columns[None, :]]
    return np.clip(cells + 0.05 * octave_noise(rng, (size_px, size_px), coarsest_px=8), 0.0, 1.0)


def _scratched(rng: np.random.Generator, size_px: int) -> FloatImage:
    brushed = octave_noise(rng, (size_px, size_px), coarsest_px=16, persistence=0.9, stretch=16.0)
    metal = np.clip(140.0 + 22.0 * brushed, 0.0, 255.0).astype(np.uint8)
    for _ in range(size_px // 2):
        start = rng.integers(0, size_px, 2)
        end = start + rng.integers(-60, 61, 2)
        shade = int(rng.choice([40, 240]))
        first, second = (int(start[0]), int(start[1])), (int(end[0]), int(end[1]))
        cv2.line(metal, first, second, (shade,), 1, cv2.LINE_AA)
    return float_image(metal / np.float32(255.0))


def _bricks(rng: np.random.Generator, size_px: int) -> FloatImage:
    wall = np.full((size_px, size_px), 0.85, np.float32)
    height_px, width_px = 26, 62
    for course, top in enumerate(range(0, size_px, height_px)):
        left = -int(rng.integers(0, 8)) - (course % 2) * width_px // 2
        while left < size_px:
            width = width_px + int(rng.integers(-6, 7))
            brick = wall[top + 3 : top + height_px, max(left + 3, 0) : max(left + width, 0)]
            brick[...] = rng.uniform(0.15, 0.55)
            left += width
    grain = octave_noise(rng, (size_px, size_px), coarsest_px=24, persistence=0.9)
    return np.clip(cv2.GaussianBlur(wall, (0, 0), 0.7) + 0.09 * grain, 0.0, 1.0)


def _cloth(rng: np.random.Generator, size_px: int) -> FloatImage:
    shape = (size_px, size_px)
    warp = octave_noise(rng, shape, coarsest_px=4, persistence=0.8, stretch=10.0)
    weft = octave_noise(rng, shape, coarsest_px=4, persistence=0.8, stretch=10.0).T
    folds = octave_noise(rng, shape, coarsest_px=size_px / 3, finest_px=32)
    return np.clip(0.5 + 0.16 * (warp + weft) + 0.12 * folds, 0.0, 1.0)


def _leaves(rng: np.random.Generator, size_px: int) -> FloatImage:
    image = np.full((size_px, size_px), 40, np.uint8)
    for _ in range(size_px * size_px // 260):
        centre = (int(rng.integers(size_px)), int(rng.integers(size_px)))
        axes = (int(rng.integers(5, 20)), int(rng.integers(2, 6)))
        angle = float(rng.uniform(0.0, 180.0))
        shade = int(rng.integers(25, 230))
        cv2.ellipse(image, centre, axes, angle, 0.0, 360.0, (shade,), -1, cv2.LINE_AA)
    grain = octave_noise(rng, (size_px, size_px), coarsest_px=8, persistence=0.9)
    return np.clip(image.astype(np.float32) / np.float32(255.0) + 0.05 * grain, 0.0, 1.0)


TEXTURES: dict[str, Texture] = {
    "plaster": _plaster,
    "stone": _stone,
    "wood": _wood,
    "planks": _planks,
    "print": _print,
    "checker": _checker,
    "scratched": _scratched,
    "bricks": _bricks,
    "cloth": _cloth,
    "leaves": _leaves,
}
"""Every texture by name."""
