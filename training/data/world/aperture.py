"""Apertures: how a lens spreads the light of a point that is out of focus, before it is scaled."""

import math
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from capture.simulator.optics.surface import FloatImage, float_image

Shape = Literal["disc", "polygon", "ring", "square", "gaussian", "points", "cross"]
SYMMETRIC: tuple[Shape, ...] = ("disc", "ring", "square", "gaussian", "points", "cross")
"""Shapes that are the same turned by 180 degrees."""

SUPERSAMPLING = 4
GAUSSIAN_SIGMA = 0.5
"""Of the Gaussian, in radii; it ends at the circle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aperture:
    """Light over an aperture inside a circle, whose diameter is the diameter of the blur.

    Attributes
    ----------
    shape
        "points" are `points` × `points` pinholes, as of a light field's views; "cross" are two lines of
        `points` pinholes each.
    blades
        Corners of a polygon, which lie on the circle.
    points
        Pinholes along a side.
    inner
        Radius of a ring's hole, in radii.
    angle_rad
        Turns the shape.
    spherical
        −1 … 1: how much brighter the edge is than the middle. The light is multiplied by
        1 + spherical · (2ρ² − 1) of the radius ρ, which leaves a disc's energy as it is; +1 is a bright rim
        around a dark middle, −1 a soft spot without an edge. An aberrated lens has the one in front of focus
        and the other behind it.
    cut
        Offset (x, y), in radii, of a second circle that cuts off what is outside of it: the cat's eye of a
        lens barrel away from the optical axis. What is left lies around the middle, as it does for a ray
        through the middle of what is left.
    """

    shape: Shape = "disc"
    blades: int = 6
    points: int = 3
    inner: float = 0.5
    angle_rad: float = 0.0
    spherical: float = 0.0
    cut: tuple[float, float] = (0.0, 0.0)

    @property
    def symmetric(self) -> bool:
        """Whether it is the same turned by 180 degrees."""
        even = self.shape in SYMMETRIC or (self.shape == "polygon" and self.blades % 2 == 0)
        uncut = self.cut == (0.0, 0.0) or (self.shape == "disc" and self.spherical == 0.0)
        return even and uncut

    @property
    def pinholes(self) -> bool:
        """Whether light comes through points."""
        return self.shape in ("points", "cross")

    def weights(self, side: int) -> FloatImage:
        """(side, side) float32 light at the cells of the square around the circle; the sum is 1.

        Pinholes on the circle lie in the middles of the outermost cells, areas reach to their outer edges.
        """
        light = self._pinholes(side) if self.pinholes else self._area(side)
        return float_image(light / light.sum())

    def _area(self, side: int) -> FloatImage:
        fine = side * SUPERSAMPLING
        axis = ((np.arange(fine) + 0.5) / fine * 2.0 - 1.0).astype(np.float32)
        light = self._light(axis[None, :] + self.cut[0] / 2, axis[:, None] + self.cut[1] / 2)
        return float_image(cv2.resize(light, (side, side), interpolation=cv2.INTER_AREA))

    def _light(self, x: FloatImage, y: FloatImage) -> FloatImage:
        """Light at points, in radii from the middle of the first circle."""
        square = x * x + y * y
        turned_x = x * math.cos(self.angle_rad) + y * math.sin(self.angle_rad)
        turned_y = y * math.cos(self.angle_rad) - x * math.sin(self.angle_rad)
        light = (square <= 1.0).astype(np.float32)
        if self.shape == "ring":
            light *= square >= self.inner**2
        elif self.shape == "square":
            light *= np.maximum(abs(turned_x), abs(turned_y)) <= math.sqrt(0.5)
        elif self.shape == "gaussian":
            light *= np.exp(square * np.float32(-0.5 / GAUSSIAN_SIGMA**2))
        elif self.shape == "polygon":
            for k in range(self.blades):
                angle = 2.0 * math.pi * (k + 0.5) / self.blades
                along = turned_x * math.cos(angle) + turned_y * math.sin(angle)
                light *= along <= math.cos(math.pi / self.blades)
        return self._aberrated(light, x, y)

    def _aberrated(self, light: FloatImage, x: FloatImage, y: FloatImage) -> FloatImage:
        """Shift light to the rim or the middle, and cut off what lies outside the second circle."""
        shifted = light * (1.0 + self.spherical * (2.0 * (x * x + y * y) - 1.0))
        inside = (x - self.cut[0]) ** 2 + (y - self.cut[1]) ** 2 <= 1.0
        return float_image(np.maximum(shifted, 0.0) * inside)

    def _pinholes(self, side: int) -> FloatImage:
        """Each pinhole is shared among the four cells around it, so that it lies where it should."""
        steps = np.linspace(-1.0, 1.0, self.points) if self.points > 1 else np.zeros(1)
        if self.shape == "points":
            places = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2) * math.sqrt(0.5)
        else:
            rest = steps[np.abs(steps) > 1e-9]
            places = np.concatenate(
                (np.stack((steps, 0.0 * steps), axis=1), np.stack((0.0 * rest, rest), axis=1))
            )
        cosine, sine = math.cos(self.angle_rad), math.sin(self.angle_rad)
        x = (places @ np.array([cosine, -sine])).astype(np.float32)
        y = (places @ np.array([sine, cosine])).astype(np.float32)
        light = self._aberrated(np.ones_like(x), x, y)
        centred = (x - self.cut[0] / 2, y - self.cut[1] / 2)
        column, row = ((v + 1.0) / 2.0 * (side - 1) for v in centred)
        canvas = np.zeros((side, side), np.float32)
        rows, columns = (np.clip(v.astype(int), 0, side - 2) for v in (row, column))
        for down in (0, 1):
            for right in (0, 1):
                share = (1.0 - abs(row - rows - down)) * (1.0 - abs(column - columns - right))
                np.add.at(canvas, (rows + down, columns + right), np.maximum(share, 0.0) * light)
        return canvas
