"""Image faults drawn at random for one stack."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from training.data.world.image_faults import (
    Images,
    compressed,
    exposed,
    moved,
    one_lost,
    sharpened,
    softened,
    toned,
    vignetted,
    with_noise,
    without_colour,
)

STRONG = 4.0
"""Limits of noise, shake, breathing and flicker in stacks with strong faults, over those in others."""
SHAKE_PX = 0.375
BREATHING = 0.0075
"""Change of the magnification over the sweep."""
FLICKER = 0.05
SOFTEST_PX = 3.0
LEAST_KEPT = 3
"""A slice is lost only from stacks that keep as many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """How stacks are made worse; shares are probabilities.

    Attributes
    ----------
    grey
        Without colour.
    shaky, breathing
        Slices shifted by up to 0.375 px; magnified with focus by up to 0.75 % over the sweep.
    vignetted
        Darker towards the corners, or to one side, by up to 60 %.
    drifting, ramped
        Exposure of each slice differs by up to 5 %; it grows or falls over the sweep by up to a third.
    soft
        All slices blurred by a Gaussian of up to 3 px.
    noisy
        With noise.
    noise
        Upper limit of the noise's standard deviation, as a share of full scale; small ones are likelier.
    strong
        Share of the stacks in which shake, breathing, flicker and noise go up to four times as far: 1.5 px,
        3 %, 20 % and 10 %.
    toned
        Gamma of 0.7 to 1.5, contrast of 0.6 to 1.25.
    sharpened
        Unsharp mask.
    lost
        One slice all white or all black.
    compressed
        JPEG of quality 40 to 100, after all the others.
    """

    grey: float = 0.3
    shaky: float = 0.2
    breathing: float = 0.2
    vignetted: float = 0.15
    drifting: float = 0.3
    ramped: float = 0.08
    soft: float = 0.2
    noisy: float = 0.8
    noise: float = 0.025
    strong: float = 0.15
    toned: float = 0.25
    sharpened: float = 0.12
    lost: float = 0.03
    compressed: float = 0.25


SOUND = Faults(**dict.fromkeys((one.name for one in fields(Faults)), 0.0))
"""No faults."""


def with_faults(
    random: np.random.Generator, images: Images, coordinates: NDArray[np.float32], faults: Faults
) -> Images:
    """Draw faults for one stack, and apply them in the order in which a camera makes them."""
    strong = STRONG if random.random() < faults.strong else 1.0
    images = _through_lens(random, images, coordinates, faults, strong=strong)
    images = _on_sensor(random, images, faults, strong=strong)
    return _in_processing(random, images, faults)


def _through_lens(
    random: np.random.Generator,
    images: Images,
    coordinates: NDArray[np.float32],
    faults: Faults,
    *,
    strong: float,
) -> Images:
    shaky, breathing = random.random() < faults.shaky, random.random() < faults.breathing
    if shaky or breathing:
        reach_px = shaky * strong * SHAKE_PX * random.random()
        per_range = breathing * strong * BREATHING * random.uniform(-1.0, 1.0)
        images = moved(
            images,
            scales=[1.0 + per_range * (float(c) - 0.5) for c in coordinates],
            shifts_px=random.uniform(-reach_px, reach_px, (len(images), 2)),
        )
    if random.random() < faults.vignetted:
        x, y = random.uniform(0.0, 1.0, 2)
        farthest = 2.0 * ((0.5 + abs(x - 0.5)) ** 2 + (0.5 + abs(y - 0.5)) ** 2)
        images = vignetted(images, strength=random.uniform(0.05, 0.6) / farthest, middle=(x, y))
    if random.random() < faults.soft:
        images = softened(images, sigma_px=max(SOFTEST_PX * random.random(), 0.1))
    return images


def _on_sensor(random: np.random.Generator, images: Images, faults: Faults, *, strong: float) -> Images:
    gains = np.ones(len(images))
    if random.random() < faults.drifting:
        gains *= 1.0 + random.uniform(-1.0, 1.0, len(images)) * (FLICKER * strong * random.random())
    if random.random() < faults.ramped:
        gains *= 1.0 + random.uniform(-0.33, 0.33) * np.linspace(-0.5, 0.5, len(images))
    if np.any(gains != 1.0):
        images = exposed(images, gains=gains)
    if random.random() < faults.grey:
        images = without_colour(images)
    if random.random() < faults.noisy:
        level = strong * faults.noise * random.random() ** 2
        images = with_noise(random, images, level=level, photon=random.random())
    return images


def _in_processing(random: np.random.Generator, images: Images, faults: Faults) -> Images:
    if random.random() < faults.toned:
        gamma = float(np.exp(random.uniform(np.log(0.7), np.log(1.5))))
        contrast = random.uniform(0.6, 1.25)
        images = toned(images, gamma=gamma, contrast=contrast, offset=random.uniform(-0.1, 0.1))
    if random.random() < faults.sharpened:
        images = sharpened(images, amount=random.uniform(0.3, 2.0), sigma_px=random.uniform(0.6, 2.0))
    if random.random() < faults.lost and len(images) > LEAST_KEPT:
        level = 255 if random.random() < 0.5 else 0
        images = one_lost(images, index=int(random.integers(len(images))), level=level)
    if random.random() < faults.compressed:
        images = compressed(images, quality=int(random.integers(40, 101)))
    return images
