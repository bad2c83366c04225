"""Colours by name, and paints drawn at random from what such a thing may be covered with."""

import numpy as np

from capture.simulator.scenes.paint import Paint

_COLOURS: dict[str, tuple[tuple[float, float, float], tuple[float, float, float]]] = {
    # (blue, green, red) reflectance where the texture is dark and where it is light
    "plaster": ((0.36, 0.42, 0.46), (0.78, 0.84, 0.88)),
    "stone": ((0.10, 0.11, 0.12), (0.66, 0.68, 0.70)),
    "wood": ((0.03, 0.10, 0.20), (0.28, 0.50, 0.74)),
    "planks": ((0.02, 0.06, 0.12), (0.20, 0.38, 0.58)),
    "print": ((0.04, 0.04, 0.05), (0.84, 0.90, 0.92)),
    "checker": ((0.05, 0.05, 0.06), (0.86, 0.88, 0.88)),
    "scratched": ((0.10, 0.10, 0.10), (0.80, 0.80, 0.78)),
    "bricks": ((0.05, 0.08, 0.22), (0.62, 0.70, 0.78)),
    "cloth": ((0.30, 0.10, 0.08), (0.72, 0.50, 0.40)),
    "leaves": ((0.02, 0.08, 0.04), (0.22, 0.68, 0.42)),
}


def paint_of(texture: str, rng: np.random.Generator, *, size_px: int = 512, tint: float = 0.12) -> Paint:
    """Paint with a texture in about its usual colours; contrast and hue vary from surface to surface."""
    dark, light = (np.array(colour) for colour in _COLOURS[texture])
    hue = 1.0 + rng.uniform(-tint, tint, 3)
    middle = 0.5 * (dark + light)
    contrast = rng.uniform(0.55, 1.0)
    ends = [np.clip((middle + contrast * (end - middle)) * hue, 0.01, 0.95) for end in (dark, light)]
    return Paint(
        texture=texture,
        dark=_triple(ends[0]),
        light=_triple(ends[1]),
        grain=float(rng.uniform(0.04, 0.12)),
        size_px=size_px,
    )


def any_paint(rng: np.random.Generator, textures: tuple[str, ...], *, tint: float = 0.5) -> Paint:
    """Paint with one of several textures, coloured freely."""
    return paint_of(str(rng.choice(textures)), rng, tint=tint)


def plain_paint(rng: np.random.Generator) -> Paint:
    """Paint without any texture, as on a sheet of blank paper."""
    shade = _triple(rng.uniform(0.35, 0.8, 3))
    return Paint(texture=None, dark=shade, light=shade, grain=0.0)


def _triple(values: np.ndarray) -> tuple[float, float, float]:
    blue, green, red = (float(value) for value in values)
    return blue, green, red
