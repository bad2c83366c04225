"""Sweeps that are not even, and scenes that do not fill them."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from capture.simulator.optics.surface import FloatImage, Surface
from training.data.world.shares import World

FARTHEST_BEYOND = 0.4
"""How far beyond a limit of the sweep things lie, in sweep ranges: `margin_of` leaves room for their blur."""


def changed_coordinates(random: np.random.Generator, world: World, coordinates: FloatImage) -> FloatImage:
    """Return (S,) ascending coordinates with a gap, doubled or uneven, in their shares; else the given ones.

    A gap is made by moving the slices that lie in it to random places beyond it, so that their number stays.
    """
    result = coordinates.astype(np.float64)
    power = float(np.exp(random.uniform(0.3, 0.9)))
    from_far, is_uneven = random.random() < 0.5, random.random() < world.uneven
    if is_uneven:
        result = result**power if from_far else 1.0 - (1.0 - result) ** power
    width = random.uniform(0.33, 0.66)
    low = random.uniform(0.0, 1.0 - width)
    is_gapped, elsewhere = random.random() < world.gap, random.random(len(result))
    if is_gapped:
        result = _without(result, elsewhere, low=low, high=low + width)
    copies = random.integers(0, len(result), max(len(result) // 3, 1))
    onto = random.integers(0, len(result), len(copies))
    if random.random() < world.doubled:
        result[onto] = result[copies]
    return np.sort(result).astype(np.float32)


def _without(places: np.ndarray, elsewhere: np.ndarray, *, low: float, high: float) -> np.ndarray:
    spread = elsewhere * (1.0 - (high - low))
    spread = np.where(spread < low, spread, spread + (high - low))
    return np.where((places > low) & (places < high), spread, places)


def moved_in_sweep(
    random: np.random.Generator, world: World, surfaces: Sequence[Surface]
) -> tuple[Surface, ...]:
    """Stretch the scene's vergence beyond the sweep, or squeeze it into a part of it, in their shares.

    The vergences, and so the truth, are then below 0 or above 1 where things lie beyond the sweep. They are
    what is there; whoever learns from them decides what an estimator should say of things that no slice
    was focused on.
    """
    beyond = random.uniform(0.0, FARTHEST_BEYOND, 2) * (random.random(2) < 0.75)
    span, place = random.uniform(0.25, 0.7), random.random()
    is_partial, is_narrow = random.random() < world.partial, random.random() < world.narrow
    if is_partial:
        low, high = -beyond[0], 1.0 + beyond[1]
    elif is_narrow:
        low, high = place * (1.0 - span), place * (1.0 - span) + span
    else:
        return tuple(surfaces)
    return tuple(
        replace(s, vergence_dpt=np.asarray(low + (high - low) * s.vergence_dpt, np.float32)) for s in surfaces
    )
