"""Paint: textures, colours and grain on shapes."""

from dataclasses import dataclass

import cv2
import numpy as np

from capture.simulator.optics.surface import FloatImage, Surface
from capture.simulator.scenes.canvas import Canvas
from capture.simulator.scenes.shapes import Shape
from capture.simulator.scenes.textures import make_texture, octave_noise

_LUMINANCE = np.array([0.0722, 0.7152, 0.2126])  # of blue, green and red (ITU-R BT.709)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paint:
    """What covers a shape.

    Attributes
    ----------
    texture
        Key of `TEXTURES`, or None for a plain surface.
    dark, light
        Blue, green and red reflectance where the texture is 0 and 1.
    grain
        Relative strength of detail at two to four pixels.
    size_px
        Side of the texture.
    """

    texture: str | None
    dark: tuple[float, float, float]
    light: tuple[float, float, float]
    grain: float = 0.06
    size_px: int = 512


def painted(
    shape: Shape, paint: Paint, *, canvas: Canvas, rng: np.random.Generator, shadow: FloatImage | None = None
) -> Surface:
    """Surface of a shape with a paint; `shadow` (H, W) multiplies its light."""
    light = shape.shade if shadow is None else shape.shade * shadow
    if paint.texture is None:
        value = canvas.full(1.0)
    else:
        texture = make_texture(paint.texture, rng, size_px=paint.size_px)
        u, v = _laid_on(shape, rng, size_px=paint.size_px)
        value = sample(texture, u=u, v=v)
    if paint.grain > 0.0:
        noise = octave_noise(rng, canvas.shape, coarsest_px=4.0, persistence=1.0)
        light = light * np.maximum(1.0 + np.float32(paint.grain) * noise, 0.0)
    radiance = _coloured(value, paint=paint, colour=canvas.colour)
    radiance *= light if radiance.ndim == 2 else light[..., None]
    return Surface(
        radiance=np.clip(radiance, 0.0, 1.0, out=radiance),
        coverage=shape.coverage,
        vergence_dpt=shape.vergence_dpt,
    )


def _laid_on(shape: Shape, rng: np.random.Generator, *, size_px: int) -> tuple[FloatImage, FloatImage]:
    """Turn and shift texture coordinates at random, so that the covered part fits if it can."""
    angle_rad = rng.uniform(-0.15, 0.15)
    cosine, sine = np.float32(np.cos(angle_rad)), np.float32(np.sin(angle_rad))
    turned = (cosine * shape.u - sine * shape.v, sine * shape.u + cosine * shape.v)
    covered = shape.coverage > 0.0
    u, v = (_shifted(values, rng, within=values[covered], size_px=size_px) for values in turned)
    return u, v


def _shifted(values: FloatImage, rng: np.random.Generator, *, within: FloatImage, size_px: int) -> FloatImage:
    """Shift coordinates so that those `within` begin inside 0 … size_px, and end there if they fit."""
    low, high = float(np.min(within, initial=np.inf)), float(np.max(within, initial=-np.inf))
    if low > high:  # nothing is covered
        return values
    spare = max(size_px - 1.0 - (high - low), 0.0)
    return values + np.float32(rng.uniform(0.0, 1.0) * spare - low)


def sample(texture: FloatImage, *, u: FloatImage, v: FloatImage) -> FloatImage:
    """(H, W) float32 texture at texel coordinates, from a pyramid where it is seen smaller than it is."""
    top = int(np.log2(texture.shape[0])) - 4
    level = np.clip(_pyramid_level(u, v), 0.0, float(top))
    result = np.zeros_like(u)
    for index in range(int(level.min()), int(np.ceil(level.max())) + 1):
        share = np.maximum(1.0 - np.abs(level - np.float32(index)), 0.0)
        shrunk = cv2.resize(texture, None, fx=0.5**index, fy=0.5**index, interpolation=cv2.INTER_AREA)
        factor = np.float32(0.5**index)
        looked_up = cv2.remap(
            shrunk, u * factor, v * factor, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
        )
        result += share * looked_up
    return result


def _pyramid_level(column: FloatImage, row: FloatImage) -> FloatImage:
    """log2 of the texels a pixel spans, by the area of its footprint, half an octave on the sharp side."""
    column_y, column_x = np.gradient(column)
    row_y, row_x = np.gradient(row)
    area = np.abs(column_x * row_y - column_y * row_x)
    level: FloatImage = (0.5 * np.log2(np.maximum(area, 1e-6)) - 0.5).astype(np.float32)
    return level


def _coloured(value: FloatImage, *, paint: Paint, colour: bool) -> FloatImage:
    """Mix the two colours of a paint by the texture's value."""
    dark, light = np.array(paint.dark), np.array(paint.light)
    if not colour:
        low, high = float(dark @ _LUMINANCE), float(light @ _LUMINANCE)
        return np.float32(low) + np.float32(high - low) * value
    mixed: FloatImage = (dark + (light - dark) * value[..., None]).astype(np.float32)
    return mixed
