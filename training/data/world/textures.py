"""Textures made of numbers alone, so that no photograph is needed."""

import math
from collections.abc import Callable

import cv2
import numpy as np

from capture.simulator.optics.surface import FloatImage, float_image

PLAIN_SHARE = 0.15
"""Share of surfaces without any texture but a soft shading."""
WEAK_SHARE = 0.2
"""Share of surfaces whose texture is much weaker than drawn."""
DARK_SHARE = 0.2
"""Share of surfaces that are dark."""


def random_texture(random: np.random.Generator, size_px: int) -> FloatImage:
    """(H, W, 3) linear light, 0 … 1: two colours mixed by a pattern; sometimes weak, plain or dark."""
    pattern = PATTERNS[int(random.integers(len(PATTERNS)))](random, size_px)
    if random.random() < 0.5:  # dirt, wear and grain lie on everything
        pattern = pattern + random.uniform(0.05, 0.4) * (octaves(random, size_px) - 0.5)
    colours = random.uniform(0.02, 0.95, (2, 3)) ** random.uniform(0.8, 2.0)
    # Few things are as colourful as random numbers.
    colours += random.random() * (colours.mean(axis=1, keepdims=True) - colours)
    kind = random.random()
    contrast = 1.0
    if kind < PLAIN_SHARE:
        contrast = 0.0
    elif kind < PLAIN_SHARE + WEAK_SHARE:
        contrast = float(np.exp(random.uniform(math.log(0.02), math.log(0.3))))
    mix = np.clip(pattern, 0.0, 1.0)[..., None] * contrast + 0.5 * (1.0 - contrast)
    shade = gradient(random, size_px)[..., None] * random.uniform(0.0, 0.6)
    light = (colours[0] + (colours[1] - colours[0]) * mix) * (1.0 - shade)
    if random.random() < DARK_SHARE:
        light = light * np.exp(random.uniform(math.log(0.03), math.log(0.3)))
    return float_image(np.clip(light, 0.0, 1.0))


def dark_texture(random: np.random.Generator, size_px: int) -> FloatImage:
    """(H, W, 3) linear light of a dark, nearly plain floor, with faint fine structure."""
    colour = float(np.exp(random.uniform(math.log(0.004), math.log(0.08)))) * random.uniform(0.6, 1.4, 3)
    faint = random.uniform(0.0, 0.25) * (octaves(random, size_px, roughness=0.9) - 0.5)
    shade = 1.0 - random.uniform(0.0, 0.6) * gradient(random, size_px)
    return float_image(colour * ((1.0 + faint) * shade)[..., None])


def octaves(random: np.random.Generator, size_px: int, *, roughness: float | None = None) -> FloatImage:
    """(H, W) octaves of noise, 0 … 1; `roughness` is the amplitude of each over the next coarser one."""
    drawn = random.uniform(0.4, 1.0) if roughness is None else roughness
    total = np.zeros((size_px, size_px), np.float32)
    cells, amplitude = int(random.integers(2, 6)), 1.0
    while cells < 2 * size_px:
        grid = random.standard_normal((min(cells, size_px),) * 2).astype(np.float32)
        total += amplitude * float_image(cv2.resize(grid, (size_px, size_px), interpolation=cv2.INTER_CUBIC))
        cells, amplitude = 2 * cells, amplitude * drawn
    low, high = np.quantile(total, (0.02, 0.98))
    return float_image(np.clip((total - low) / max(high - low, 1e-6), 0.0, 1.0))


def gradient(random: np.random.Generator, size_px: int) -> FloatImage:
    """(H, W) 0 … 1, linear in a random direction."""
    along = _along(random, size_px, period_px=1.0)
    return float_image((along - along.min()) / max(float(np.ptp(along)), 1e-6))


def _along(
    random: np.random.Generator, size_px: int, *, period_px: float, angle: float | None = None
) -> FloatImage:
    angle = random.uniform(0.0, 2.0 * math.pi) if angle is None else angle
    rows, columns = np.mgrid[:size_px, :size_px].astype(np.float32)
    return float_image((columns * math.cos(angle) + rows * math.sin(angle)) / period_px)


def _period(random: np.random.Generator, size_px: int) -> float:
    return float(np.exp(random.uniform(math.log(3.0), math.log(size_px / 3))))


def _warp(random: np.random.Generator, size_px: int) -> FloatImage:
    return float_image(random.uniform(0.0, 1.5) * octaves(random, size_px, roughness=0.4))


def stripes(random: np.random.Generator, size_px: int) -> FloatImage:
    """Sine waves or hard stripes, straight or warped."""
    wave = _along(random, size_px, period_px=_period(random, size_px)) + _warp(random, size_px)
    sharpness = float(np.exp(random.uniform(0.0, 3.0)))
    return float_image(0.5 + 0.5 * np.tanh(sharpness * np.sin(2.0 * np.pi * wave)) / math.tanh(sharpness))


def checkers(random: np.random.Generator, size_px: int) -> FloatImage:
    """Chessboard at any angle."""
    period, angle = _period(random, size_px), random.uniform(0.0, math.pi)
    first = _along(random, size_px, period_px=period, angle=angle)
    second = _along(random, size_px, period_px=period, angle=angle + math.pi / 2)
    return float_image((np.floor(first) + np.floor(second)) % 2)


def bricks(random: np.random.Generator, size_px: int) -> FloatImage:
    """Rows of bricks or tiles, each with a shade of its own, and joints."""
    period, angle = max(_period(random, size_px), 6.0), random.uniform(-0.3, 0.3)
    row = _along(random, size_px, period_px=period, angle=angle + math.pi / 2)
    column = _along(random, size_px, period_px=period * random.uniform(1.0, 3.0), angle=angle)
    column += np.float32(0.5) * (np.floor(row) % 2)
    shades = random.random((64, 64)).astype(np.float32)
    brick = shades[np.floor(row).astype(int) % 64, np.floor(column).astype(int) % 64]
    joint = np.minimum(row % 1.0, column % 1.0) < random.uniform(0.04, 0.15)
    return float_image(np.where(joint, random.random(), brick))


def cells(random: np.random.Generator, size_px: int) -> FloatImage:
    """Cells around random points (Voronoi), each with a shade, or shaded from its middle."""
    seeds = np.full((size_px, size_px), 255, np.uint8)
    count = int((size_px / _period(random, size_px)) ** 2) + 2
    seeds[random.integers(0, size_px, count), random.integers(0, size_px, count)] = 0
    distance, label = cv2.distanceTransformWithLabels(seeds, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    if random.random() < 0.5:
        return float_image(random.random(count + 1)[label])
    return float_image(np.clip(distance / max(float(np.quantile(distance, 0.98)), 1e-6), 0.0, 1.0))


def writing(random: np.random.Generator, size_px: int) -> FloatImage:
    """Lines of words, as in print."""
    page = np.full((size_px, size_px), 255, np.uint8)
    scale = float(random.uniform(0.25, 1.2))
    letters = np.array(list("abcdefghijklmnopqrstuvwxyzABEHKMRSTW0123456789  .,-"))
    for baseline in range(0, size_px + 20, max(int(28 * scale), 6)):
        text = "".join(random.choice(letters, 60))
        place = (int(random.integers(-40, 10)), baseline)
        cv2.putText(page, text, place, cv2.FONT_HERSHEY_SIMPLEX, scale, 0, 1 + int(scale > 0.7), cv2.LINE_AA)
    turned = page if random.random() < 0.7 else np.rot90(page)
    return float_image(turned / np.float32(255.0))


def wood(random: np.random.Generator, size_px: int) -> FloatImage:
    """Rings of a trunk cut lengthwise, with fine grain."""
    angle = random.uniform(0.0, math.pi)
    along = _along(random, size_px, period_px=float(size_px), angle=angle)
    across = _along(random, size_px, period_px=_period(random, size_px), angle=angle + math.pi / 2)
    bend = octaves(random, size_px, roughness=0.5) * random.uniform(0.5, 3.0)
    rings = np.abs(((across + bend + 0.3 * np.square(along)) % 1.0) - 0.5) * 2.0
    return float_image(0.8 * rings + 0.2 * random.random((size_px, size_px)))


def speckle(random: np.random.Generator, size_px: int) -> FloatImage:
    """Fine noise of grains of one size."""
    noise = random.standard_normal((size_px, size_px)).astype(np.float32)
    fine = float_image(cv2.GaussianBlur(noise, (0, 0), random.uniform(0.4, 2.0)))
    return float_image(np.clip(0.5 + fine / (4.0 * fine.std()), 0.0, 1.0))


def dots(random: np.random.Generator, size_px: int) -> FloatImage:
    """Discs of many sizes, bright and dark."""
    canvas = np.full((size_px, size_px), 128, np.uint8)
    largest = _period(random, size_px) / 2
    for _ in range(int(min((size_px / largest) ** 2, 400)) + 3):
        centre = random.integers(0, size_px, 2).tolist()
        radius = max(int(random.uniform(0.3, 1.0) * largest), 1)
        cv2.circle(canvas, centre, radius, int(random.integers(256)), -1, cv2.LINE_AA)
    return float_image(canvas / np.float32(255.0))


PATTERNS: tuple[Callable[[np.random.Generator, int], FloatImage], ...] = (
    octaves,
    octaves,
    stripes,
    checkers,
    bricks,
    cells,
    writing,
    wood,
    speckle,
    dots,
)
