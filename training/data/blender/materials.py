"""Random procedural materials."""

import colorsys
import math

import numpy as np

from training.data.blender.plan import Colour, Material, Pattern, Shares

PATTERNS = Shares(
    of={
        "plain": 0.12, "noise": 0.20, "cells": 0.10, "cracks": 0.06, "wave": 0.10, "rings": 0.06,
        "brick": 0.06, "checker": 0.06, "magic": 0.06, "speckle": 0.10,
    }
)  # fmt: skip
FEATURES = (3.0, 60.0)
"""Repeats of a pattern over the size of what it is on."""


def any_material(random: np.random.Generator, size_m: float, *, pattern: str | None = None) -> Material:
    """Draw a material whose pattern suits an object of this size."""
    pattern = pattern or PATTERNS.draw(random)
    base = any_colour(random)
    tones = [base, *(_near(random, base) if random.random() < 0.5 else any_colour(random) for _ in range(2))]
    glossy = random.random() < 0.3
    return Material(
        pattern=_checked(pattern),
        colours=tuple(tones),
        scale_per_m=math.exp(random.uniform(*np.log(FEATURES))) / size_m,
        detail=float(random.uniform(0.0, 8.0)),
        distortion=float(random.choice([0.0, random.uniform(0.0, 3.0)])),
        sharp=bool(random.random() < 0.4),
        turn_rad=_turn(random),
        shift_m=_shift(random, size_m),
        roughness=float(random.uniform(0.05, 0.3) if glossy else random.uniform(0.35, 1.0)),
        metallic=float(random.random() < 0.08),
        coat=float(random.random() < 0.1),
        bump=float(random.choice([0.0, 0.0, random.uniform(0.05, 0.6)])),
    )


def plain(
    random: np.random.Generator, size_m: float, *, value: tuple[float, float] = (0.05, 0.8)
) -> Material:
    """Draw a surface of one colour, without any pattern; `value` bounds its brightness."""
    return _one(random, size_m, "plain", any_colour(random, value=value), rough=(0.15, 1.0))


def dark(random: np.random.Generator, size_m: float) -> Material:
    """Draw a nearly black, dull surface, mostly plain: the hardest floor."""
    pattern = "plain" if random.random() < 0.7 else "noise"
    return _one(random, size_m, pattern, any_colour(random, value=(0.008, 0.05)), rough=(0.4, 1.0))


def wood(random: np.random.Generator, size_m: float) -> Material:
    """Draw wood: bent stripes of two near browns."""
    colour = _rgb(random.uniform(0.04, 0.1), random.uniform(0.3, 0.8), random.uniform(0.08, 0.6))
    pattern = str(random.choice(["wave", "rings", "noise"]))
    return _one(random, size_m, pattern, colour, rough=(0.25, 0.8), distortion=float(random.uniform(1, 6)))


def metal(random: np.random.Generator, size_m: float) -> Material:
    """Draw bare metal: steel, brass or copper."""
    hue, saturation = [(0.6, 0.05), (0.12, 0.5), (0.05, 0.55)][int(random.choice(3, p=[0.7, 0.2, 0.1]))]
    colour = _rgb(hue, saturation, random.uniform(0.3, 0.8))
    pattern = str(random.choice(["plain", "noise", "speckle"]))
    return _one(random, size_m, pattern, colour, rough=(0.15, 0.6), metallic=1.0)


def leafy(random: np.random.Generator, size_m: float) -> Material:
    """Draw the green, yellow or red of leaves."""
    colour = _rgb(
        float(random.choice([0.28, 0.3, 0.24, 0.14, 0.02])),
        random.uniform(0.4, 0.9),
        random.uniform(0.1, 0.6),
    )
    pattern = str(random.choice(["noise", "cracks", "wave", "plain"]))
    return _one(random, size_m, pattern, colour, rough=(0.3, 0.9))


def any_colour(random: np.random.Generator, *, value: tuple[float, float] = (0.02, 0.85)) -> Colour:
    """Draw a colour; half of them are pale."""
    saturation = random.uniform(0.0, 0.25) if random.random() < 0.5 else random.uniform(0.25, 0.95)
    return _rgb(random.random(), saturation, float(random.uniform(*value)))


def _one(
    random: np.random.Generator,
    size_m: float,
    pattern: str,
    colour: Colour,
    *,
    rough: tuple[float, float],
    metallic: float = 0.0,
    distortion: float = 0.0,
) -> Material:
    return Material(
        pattern=_checked(pattern),
        colours=(colour, _near(random, colour), _near(random, colour)),
        scale_per_m=math.exp(random.uniform(*np.log(FEATURES))) / size_m,
        detail=float(random.uniform(1.0, 8.0)),
        distortion=distortion,
        sharp=False,
        turn_rad=_turn(random),
        shift_m=_shift(random, size_m),
        roughness=float(random.uniform(*rough)),
        metallic=metallic,
        coat=0.0,
        bump=0.0 if pattern == "plain" else float(random.uniform(0.0, 0.3)),
    )


def _checked(pattern: str) -> Pattern:
    if pattern not in PATTERNS.of:
        raise ValueError(f"no pattern {pattern!r}")
    return pattern  # type: ignore[return-value]


def _near(random: np.random.Generator, colour: Colour) -> Colour:
    factor = math.exp(random.uniform(-1.2, 0.6))
    red, green, blue = (min(max(part * factor + random.normal(0, 0.02), 0.002), 0.9) for part in colour)
    return red, green, blue


def _rgb(hue: float, saturation: float, value: float) -> Colour:
    red, green, blue = colorsys.hsv_to_rgb(float(hue) % 1.0, float(saturation), float(value))
    return red, green, blue


def _turn(random: np.random.Generator) -> tuple[float, float, float]:
    if random.random() < 0.5:  # along the object
        return 0.0, 0.0, float(random.choice([0.0, math.pi / 2]))
    x, y, z = random.uniform(0, math.pi, 3).tolist()
    return x, y, z


def _shift(random: np.random.Generator, size_m: float) -> tuple[float, float, float]:
    x, y, z = (random.uniform(-50, 50, 3) * size_m).tolist()
    return x, y, z
