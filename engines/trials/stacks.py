"""Simulated focal stacks with truth to try engines on, and what they are."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.base import FloatArray
from focstream.clock import now_ns
from focstream.types import FocalSlice, SliceTag

_SLICES = 10
_BLURS = 12
_BLUR_PX = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialStack:
    """Slices as a network takes them, and the truth.

    Attributes
    ----------
    images
        (S, H, W, 3) float32 blue-green-red, 0 … 1; height and width are multiples of 16.
    coordinates
        (S,) float32 sweep coordinates.
    truth
        (H, W) float32 sweep coordinate; NaN = not known.
    set_name
        Of the set that it was rendered for; empty = simulated.
    """

    images: FloatArray
    coordinates: FloatArray
    truth: FloatArray
    set_name: str = ""


def simulated_stack(seed: int, *, height_px: int, width_px: int) -> TrialStack:
    """Return a tilted and stepped scene of random texture, blurred by its distance from every slice's focus.

    It is no optical model: blur is a Gaussian whose width grows with the distance in sweep coordinates.
    Enough to try engines on, not to judge a network.
    """
    random = np.random.default_rng(seed)
    truth = _surface(random, height_px, width_px)
    sharp = _texture(random, height_px, width_px)
    sigmas = np.linspace(0.0, _BLUR_PX, _BLURS)
    blurred = np.stack([cv2.GaussianBlur(sharp, (0, 0), float(s)) if s else sharp for s in sigmas])
    coordinates = np.linspace(0.0, 1.0, _SLICES, dtype=np.float32)
    images = []
    for coordinate in coordinates:
        level = np.abs(truth - coordinate) * (_BLURS - 1)
        below = np.minimum(level.astype(np.intp), _BLURS - 2)
        share = (level - below)[..., None].astype(np.float32)
        one, other = (np.take_along_axis(blurred, (below + k)[None, ..., None], axis=0)[0] for k in (0, 1))
        noise = random.normal(0.0, 0.01, sharp.shape).astype(np.float32)
        images.append(np.clip((1.0 - share) * one + share * other + noise, 0.0, 1.0))
    return TrialStack(images=np.stack(images), coordinates=coordinates, truth=truth)


def contrasted_stack(seed: int, *, height_px: int, width_px: int) -> TrialStack:
    """Return such a stack with another exposure and contrast, from faint and dark to clipped at both ends."""
    plain = simulated_stack(seed, height_px=height_px, width_px=width_px)
    random = np.random.default_rng((seed, 1))
    gain, level = 2.0 ** random.uniform(-2.0, 3.0), random.uniform(0.2, 0.8)
    images = np.clip((plain.images - 0.5) * np.float32(gain) + np.float32(level), 0.0, 1.0)
    return TrialStack(images=images, coordinates=plain.coordinates, truth=plain.truth)


def grey_images(stack: TrialStack) -> list[NDArray[np.uint8]]:
    """Return the slices as a grey camera gives them, (H, W) each."""
    images = ((255 * image).astype(np.uint8) for image in stack.images)
    return [np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8) for image in images]


def endless_slices(stack: TrialStack) -> Iterator[FocalSlice]:
    """Yield the slices of a stack as a live source does, sweep after sweep, stamped when asked for."""
    images = grey_images(stack)
    for frame_id in itertools.count():
        sweep_id, slot = divmod(frame_id, len(images))
        tag = SliceTag(
            sweep_id=sweep_id,
            slot=slot,
            frame_id=frame_id,
            sweep_coordinate=float(stack.coordinates[slot]),
            focus_dpt=None,
            focus_dpt_commanded=None,
            exposure_mid_ns=now_ns(),
            clock="host",
            last_in_sweep=slot == len(images) - 1,
            slots=len(images),
        )
        yield FocalSlice(image=images[slot], tag=tag)


def _surface(random: np.random.Generator, height_px: int, width_px: int) -> FloatArray:
    y, x = np.mgrid[0:height_px, 0:width_px].astype(np.float32) / max(height_px, width_px)
    tilt = random.uniform(-0.5, 0.5, 2).astype(np.float32)
    surface = random.uniform(0.3, 0.7) + tilt[0] * (x - 0.5) + tilt[1] * (y - 0.5)
    for _ in range(3):
        left, top, side = random.uniform(0.0, 0.8), random.uniform(0.0, 0.8), random.uniform(0.1, 0.4)
        inside = (x > left) & (x < left + side) & (y > top) & (y < top + side)
        surface[inside] = random.uniform(0.0, 1.0)
    return np.clip(surface, 0.0, 1.0).astype(np.float32)


def _texture(random: np.random.Generator, height_px: int, width_px: int) -> FloatArray:
    """Add noise of several scales, each channel for itself."""
    picture = np.zeros((height_px, width_px, 3), np.float32)
    for size_px in (1, 2, 4, 8, 16):
        cells = random.random((-(-height_px // size_px), -(-width_px // size_px), 3)).astype(np.float32)
        larger = cv2.resize(cells, (width_px, height_px), interpolation=cv2.INTER_LINEAR)
        picture += np.asarray(larger, np.float32) / np.float32(5.0)
    return picture
