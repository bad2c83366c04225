"""Lenses drawn at random, and stacks rendered through them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from capture.simulator.optics.layer import Layer
from capture.simulator.optics.numbers import Optics
from capture.simulator.optics.surface import FloatImage
from capture.simulator.optics.thin_lens import Blur, render_layers
from training.data.world.aperture import Aperture, Shape
from training.data.world.bokeh import Bokeh
from training.data.world.shares import World

WIDEST_RANGES = 1.5
"""Defocus, in sweep ranges, that a lens is made for; `margin_of` leaves room for as much."""
LARGEST_ASTIGMATISM = 0.16
"""In sweep ranges."""
CORNERS = (-1.0, 0.0, 1.0)
"""Rows and columns of the places whose own blurs are blended over a picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldPart:
    """The blur at one place of the picture, and where it counts.

    Attributes
    ----------
    blur
        None is a disc.
    share
        (H, W, 1) share of this blur in each pixel; None everywhere. The shares of all parts add up to 1.
    """

    blur: Blur | None
    share: FloatImage | None


DISC = (FieldPart(blur=None, share=None),)
"""A thin lens with a round aperture."""


def render_through(
    field: Sequence[FieldPart],
    layers: Sequence[Layer],
    *,
    optics: Optics,
    focus_dpt: float,
    image_shape: tuple[int, ...],
) -> FloatImage:
    """Composite layers at one focus through a lens: (H, W[, 3]) float32 linear light, not below 0.

    `optics` says how blur grows with defocus where a part of the field is a disc.
    """
    parts = []
    for part in field:
        image = render_layers(
            layers, optics=optics, focus_dpt=focus_dpt, image_shape=image_shape, blur=part.blur
        )
        parts.append(image if part.share is None else image * part.share)
    return np.add.reduce(parts)


def random_field(
    random: np.random.Generator, world: World, *, gain_px: float, size_px: int
) -> tuple[FieldPart, ...]:
    """Draw a lens: one blur for the whole picture, or several where it differs over it."""
    aperture = _random_aperture(random, world)
    spherical = random.uniform(0.3, 1.0) * random.choice((-1.0, 1.0))
    nearer, farther = aperture, aperture
    if random.random() < world.spherical and not aperture.pinholes:
        nearer = replace(aperture, spherical=spherical)
        farther = replace(aperture, spherical=-spherical)
    amount = random.uniform(0.03, LARGEST_ASTIGMATISM) if random.random() < world.astigmatic else 0.0
    bokeh = _Lens(
        nearer=nearer, farther=farther, gain_px=gain_px, astigmatism=amount, axis=random.uniform(0, math.pi)
    )
    if random.random() >= world.cats_eye:
        plain = nearer == farther == Aperture() and amount == 0.0
        return DISC if plain else (FieldPart(blur=bokeh.cut((0.0, 0.0)), share=None),)
    strength, angle = random.uniform(0.3, 1.1), random.uniform(0.0, 2.0 * math.pi)
    if random.random() < 0.8:
        cut = (strength * math.cos(angle), strength * math.sin(angle))
        return (FieldPart(blur=bokeh.cut(cut), share=None),)
    return tuple(
        FieldPart(
            blur=bokeh.cut((strength * x * math.sqrt(0.5), strength * y * math.sqrt(0.5))),
            share=_share(x, y, size_px),
        )
        for y in CORNERS
        for x in CORNERS
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lens:
    nearer: Aperture
    farther: Aperture
    gain_px: float
    astigmatism: float
    axis: float

    def cut(self, offset: tuple[float, float]) -> Bokeh:
        """Return the blur where the barrel cuts the aperture."""
        return Bokeh(
            nearer=replace(self.nearer, cut=offset),
            farther=replace(self.farther, cut=offset),
            gain_px=self.gain_px,
            widest_px=self.gain_px * WIDEST_RANGES,
            astigmatism=self.astigmatism,
            axis_rad=self.axis,
        )


def _random_aperture(random: np.random.Generator, world: World) -> Aperture:
    shares: dict[Shape, float] = {
        "polygon": world.polygon,
        "ring": world.ring,
        "square": world.square,
        "gaussian": world.gaussian,
        "points": world.points,
    }
    rest = max(1.0 - sum(shares.values()), 0.0)
    drawn = random.choice(["disc", *shares], p=[rest, *shares.values()])
    angle = float(random.uniform(0.0, 2.0 * math.pi))
    blades, inner = int(random.integers(5, 10)), float(random.uniform(0.3, 0.75))
    points, crossed, upright = int(random.integers(2, 10)), random.random() < 0.2, random.random() < 0.7
    if drawn == "disc":
        return Aperture()
    if drawn == "points":  # views of a light field are mostly in line with the picture
        angle = 0.0 if upright else angle
        return Aperture(shape="cross" if crossed else "points", points=points, angle_rad=angle)
    return Aperture(shape=drawn, blades=blades, inner=inner, angle_rad=angle)


def _share(x: float, y: float, size_px: int) -> FloatImage:
    """Tent around one of 3 × 3 places over the picture, which together are 1 everywhere."""
    axis = np.linspace(-1.0, 1.0, size_px, dtype=np.float32)
    across, down = (np.maximum(1.0 - np.abs(axis - place), 0.0) for place in (x, y))
    return np.asarray((down[:, None] * across[None, :])[..., None], np.float32)
