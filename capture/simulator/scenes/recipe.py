"""What every scene starts from: a canvas, a source of chance and a range of depth."""

from dataclasses import dataclass, replace

import numpy as np

from capture.simulator.optics.surface import FloatImage, Surface
from capture.simulator.scenes.canvas import Canvas
from capture.simulator.scenes.paint import Paint, painted
from capture.simulator.scenes.palettes import paint_of
from capture.simulator.scenes.shapes import Plane, Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Ingredients of one scene.

    Attributes
    ----------
    canvas
        To draw on.
    rng
        Source of chance.
    far_dpt, near_dpt
        Limits of the scene's vergence.
    """

    canvas: Canvas
    rng: np.random.Generator
    far_dpt: float
    near_dpt: float

    @property
    def width(self) -> int:
        """Width of the image in pixels."""
        return self.canvas.width_px

    @property
    def height(self) -> int:
        """Height of the image in pixels."""
        return self.canvas.height_px

    def dpt(self, share: float) -> float:
        """Vergence at a share of the range: 0 far, 1 near."""
        return self.far_dpt + share * (self.near_dpt - self.far_dpt)

    def uniform(self, low: float, high: float) -> float:
        """One number at random."""
        return float(self.rng.uniform(low, high))

    def paint(self, shape: Shape, paint: Paint, *, shadow: FloatImage | None = None) -> Surface:
        """Paint a shape, held to the range of the scene."""
        held = replace(shape, vergence_dpt=np.clip(shape.vergence_dpt, self.far_dpt, self.near_dpt))
        return painted(held, paint, canvas=self.canvas, rng=self.rng, shadow=shadow)

    def backdrop(self, texture: str, *, slope: float = 0.02) -> Surface:
        """Wall over the whole canvas near the far limit, turned a little."""
        tilt = self.uniform(-slope, slope) * (self.near_dpt - self.far_dpt) / self.width
        plane = Plane(centre_dpt=self.dpt(slope), per_x=tilt)
        shape = plane.shape(self.canvas, coverage=self.canvas.full(1.0))
        return self.paint(shape, paint_of(texture, self.rng, size_px=1024))
