"""Synthetic focal slices with known depth, small and quick."""

import functools

import cv2
import numpy as np

from tests.slices import make_slice

SHAPE = (64, 80)
BLUR_PX = 6.0  # standard deviation at a distance of one whole sweep


@functools.cache
def texture(shape=SHAPE):
    rng = np.random.default_rng(3)
    fine = sum(
        cv2.GaussianBlur(rng.standard_normal(shape).astype(np.float32), (0, 0), s) * s for s in (0.6, 1, 2, 4)
    )
    return np.clip(0.5 + 0.12 * fine / fine.std(), 0.05, 0.95).astype(np.float32)


def ramp(shape=SHAPE):
    """Depth that rises from left to right."""
    return np.broadcast_to(np.linspace(0.2, 0.8, shape[1], dtype=np.float32), shape)


def picture(coordinate, *, depth=None, shape=SHAPE, exposure=0.8, noise=0.004, seed=0):
    """(H, W) float32 image of the texture at a depth map, focused at a sweep coordinate."""
    depth = ramp(shape) if depth is None else depth
    sharp = texture(shape)
    blurs = np.linspace(0.0, BLUR_PX, 25)
    bank = [sharp if blur == 0 else cv2.GaussianBlur(sharp, (0, 0), blur) for blur in blurs]
    index = np.abs(depth - coordinate) * BLUR_PX / (blurs[1] - blurs[0])
    low = np.clip(index.astype(int), 0, len(blurs) - 2)
    share = np.clip(index - low, 0, 1)
    rows, columns = np.indices(shape)
    bank = np.array(bank)
    image = (1 - share) * bank[low, rows, columns] + share * bank[low + 1, rows, columns]
    rng = np.random.default_rng([seed, int(abs(coordinate) * 1e6)])
    return (image * exposure + noise * rng.standard_normal(shape)).astype(np.float32)


def as_uint8(image):
    return np.clip(image * 255 + 0.5, 0, 255).astype(np.uint8)


def as_uint16(image):
    return np.clip(image * 65535 + 0.5, 0, 65535).astype(np.uint16)


@functools.cache
def grey(coordinate, shape=SHAPE):
    """(H, W) uint8 picture of the ramp."""
    return as_uint8(picture(coordinate, shape=shape))


def focal_slice(image, coordinate, *, sweep=0, last=False, slot=0, **tag):
    return make_slice(
        slot, image=image, sweep_id=sweep, sweep_coordinate=coordinate, last_in_sweep=last, frame_id=0, **tag
    )


def run(model, images, coordinates):
    """Maps after all slices."""
    state = model.initial_state(images[0].shape)
    for image, coordinate in zip(images, coordinates, strict=True):
        state = model.update(model.encode(image, float(coordinate)), state)
    return model.decode(state)


def ramp_run(model, coordinates, shape=SHAPE):
    return run(model, [grey(float(c), shape) for c in coordinates], coordinates)


def error(maps, shape=SHAPE):
    return float(np.nanmedian(np.abs(maps.coordinate - ramp(shape))))
