"""Surfaces cut into slabs of nearly equal vergence, and taken to the frequency domain."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.simulator.optics.crop import span_of
from capture.simulator.optics.numbers import Optics, blur_diameter_px
from capture.simulator.optics.surface import FloatImage, Surface, float_image
from focstream.types import InputError

SLAB_STEP_PX = 0.75
"""Largest difference of the blur's diameter between neighbouring slabs."""

_TAIL_PX = 6  # beyond the disc's edge: the Gaussian's tail and the ringing next to it


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A surface in the frequency domain, ready to be blurred for any focus.

    Attributes
    ----------
    slabs
        (C, 2, h, w) float32 for each slab: real and imaginary parts of the transforms of C complex images.
        Each of these packs two real images, of which the very last is the coverage.
    slab_dpt
        Vergence of each slab.
    target
        Rows and columns of the visible image that it can reach.
    source
        The same pixels in the transformed images.
    opaque
        Covers the whole canvas.
    """

    slabs: tuple[FloatImage, ...]
    slab_dpt: tuple[float, ...]
    target: tuple[slice, slice]
    source: tuple[slice, slice]
    opaque: bool


def blur_reach_px(surfaces: Sequence[Surface], *, optics: Optics, focus_dpt: Sequence[float]) -> int:
    """How far, in whole pixels, light of these surfaces is spread at any of these focus positions."""
    ends = [end for surface in surfaces for end in _covered_range_dpt(surface)]
    widest_px = (
        max(
            blur_diameter_px(end, optics=optics, focus_dpt=focus)
            for end in ends
            for focus in (min(focus_dpt), max(focus_dpt))
        )
        if ends
        else 0.0
    )
    return math.ceil(widest_px / 2.0) + _TAIL_PX


def to_layers(
    surfaces: Sequence[Surface],
    *,
    optics: Optics,
    focus_dpt: Sequence[float],
    margin_px: int,
    slab_step_px: float = SLAB_STEP_PX,
) -> tuple[Layer, ...]:
    """Transform surfaces once, for rendering at any focus between the lowest and highest of `focus_dpt`.

    Parameters
    ----------
    surfaces
        Far to near, on one canvas.
    optics, focus_dpt
        Decide how far the blur reaches.
    margin_px
        Of the canvas around the visible image.
    slab_step_px
        Difference of the blur's diameter between neighbouring slabs.

    Raises
    ------
    InputError
        When blur reaches farther than the margin.
    """
    reach_px = blur_reach_px(surfaces, optics=optics, focus_dpt=focus_dpt)
    if reach_px > margin_px:
        raise InputError(
            f"the blur reaches {reach_px} px but the scene has a margin of {margin_px} px: make the scene "
            f"with margin_px={reach_px} or sweep over a smaller range"
        )
    step_dpt = slab_step_px / optics.blur_px_per_dpt
    made = (_to_layer(s, margin_px=margin_px, reach_px=reach_px, step_dpt=step_dpt) for s in surfaces)
    return tuple(layer for layer in made if layer is not None)


def _to_layer(surface: Surface, *, margin_px: int, reach_px: int, step_dpt: float) -> Layer | None:
    """Cut out what can reach the visible image, and transform each of its slabs."""
    rows = span_of(surface.coverage.max(axis=1), margin_px=margin_px, reach_px=reach_px)
    columns = span_of(surface.coverage.max(axis=0), margin_px=margin_px, reach_px=reach_px)
    if rows is None or columns is None:
        return None
    window = (rows.window, columns.window)
    if not np.any(surface.coverage[window]):  # rows and columns are within reach, but not where they cross
        return None
    slab_dpt = _slab_vergences(surface, step_dpt=step_dpt)
    position = _slab_position(surface.vergence_dpt[window], slab_dpt)
    packed = _packed(surface.radiance[window], surface.coverage[window])
    used = _used_slabs(position, surface.coverage[window], count=len(slab_dpt))
    size = (rows.size, columns.size)
    return Layer(
        slabs=tuple(_slab_spectrum(packed, position, index=index, size=size) for index in used),
        slab_dpt=tuple(float(slab_dpt[index]) for index in used),
        target=(rows.target, columns.target),
        source=(rows.source, columns.source),
        opaque=bool(surface.coverage.min() >= 1.0),
    )


def _slab_vergences(surface: Surface, *, step_dpt: float) -> NDArray[np.float64]:
    """Evenly spaced from the surface's lowest to its highest vergence; a single one when they are equal."""
    lowest_dpt, highest_dpt = _covered_range_dpt(surface)
    steps = math.ceil((highest_dpt - lowest_dpt) / step_dpt - 1e-6)
    return np.linspace(lowest_dpt, highest_dpt, max(steps, 0) + 1)


def _slab_position(vergence_dpt: FloatImage, slab_dpt: NDArray[np.float64]) -> FloatImage:
    """Which slab, and how far on the way to the next one, each pixel is."""
    if len(slab_dpt) == 1:
        return np.zeros_like(vergence_dpt)
    position = (vergence_dpt - np.float32(slab_dpt[0])) / np.float32(slab_dpt[1] - slab_dpt[0])
    return float_image(np.clip(position, 0.0, len(slab_dpt) - 1))


def _used_slabs(position: FloatImage, coverage: FloatImage, *, count: int) -> list[int]:
    """Slabs that any covered pixel has a share in."""
    covered = position[coverage > 0.0]
    lower = covered.astype(np.int32)
    below = np.bincount(lower, minlength=count + 1) > 0
    above = np.bincount(lower, weights=covered - lower, minlength=count + 1) > 0.0
    return [k for k in range(count) if below[k] or (k > 0 and above[k - 1])]


def _covered_range_dpt(surface: Surface) -> tuple[float, ...]:
    """Lowest and highest vergence where there is any coverage; empty without."""
    covered = surface.vergence_dpt[surface.coverage > 0.0]
    return (float(covered.min()), float(covered.max())) if covered.size else ()


def _packed(radiance: FloatImage, coverage: FloatImage) -> list[FloatImage]:
    """(h, w, 2) pairs of real images, premultiplied with the coverage, which comes last."""
    if radiance.ndim == 2:
        return [np.dstack((radiance * coverage, coverage))]
    blue, green, red = (radiance[..., channel] * coverage for channel in range(3))
    return [np.dstack((blue, green)), np.dstack((red, coverage))]


def _slab_spectrum(
    packed: list[FloatImage], position: FloatImage, *, index: int, size: tuple[int, int]
) -> FloatImage:
    """(C, 2, h, w) transform of one slab; pixels between two slabs belong to both in proportion."""
    near = np.flatnonzero(np.abs(position - np.float32(index)).min(axis=1) < 1.0)
    rows = slice(int(near[0]), int(near[-1]) + 1)
    share = np.maximum(1.0 - np.abs(position[rows] - np.float32(index)), 0.0)[..., None]
    width = position.shape[1]
    planes = np.empty((len(packed), 2, *size), np.float32)
    for pair, (real, imaginary) in zip(packed, planes, strict=True):
        padded = np.zeros((*size, 2), np.float32)
        np.multiply(pair[rows], share, out=padded[rows, :width])
        cv2.split(cv2.dft(padded, nonzeroRows=rows.stop), [real, imaginary])
    return planes
