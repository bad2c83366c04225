"""The similarity transform between two images: scale, rotation and shift."""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Similarity:
    """x' = A·x + t with A = [[a, −b], [b, a]]: from pixels of one image to pixels of another.

    Attributes
    ----------
    a, b
        Scale times cosine and sine of the rotation.
    x_px, y_px
        The shift t.
    """

    a: float = 1.0
    b: float = 0.0
    x_px: float = 0.0
    y_px: float = 0.0

    @classmethod
    def nearest(cls, matrix: NDArray[np.floating], *, size_px: tuple[int, int]) -> Self:
        """Similarity that moves the corners of an image (width, height) most like a (2, 3) matrix."""
        width_px, height_px = size_px
        corners = np.array([[0, 0], [width_px, 0], [0, height_px], [width_px, height_px]], np.float64)
        middle = corners.mean(axis=0)
        rays = corners - middle
        moved = rays @ np.asarray(matrix, np.float64)[:, :2].T
        power = float(np.sum(rays**2))
        a = float(np.sum(rays * moved)) / power
        b = float(np.sum(rays[:, 0] * moved[:, 1] - rays[:, 1] * moved[:, 0])) / power
        shift = np.asarray(matrix, np.float64) @ np.array([*middle, 1.0])
        x_px = float(shift[0] - a * middle[0] + b * middle[1])
        y_px = float(shift[1] - b * middle[0] - a * middle[1])
        return cls(a=a, b=b, x_px=x_px, y_px=y_px)

    @property
    def scale(self) -> float:
        """How much larger the second image is."""
        return math.hypot(self.a, self.b)

    @property
    def rotation_rad(self) -> float:
        """Rotation from x to y."""
        return math.atan2(self.b, self.a)

    def matrix(self) -> Matrix:
        """(2, 3) matrix as OpenCV's warps take it."""
        return np.array([[self.a, -self.b, self.x_px], [self.b, self.a, self.y_px]])

    def after(self, first: "Similarity") -> "Similarity":
        """Chain two transforms: `first`, then this one."""
        return Similarity(
            a=self.a * first.a - self.b * first.b,
            b=self.b * first.a + self.a * first.b,
            x_px=self.a * first.x_px - self.b * first.y_px + self.x_px,
            y_px=self.b * first.x_px + self.a * first.y_px + self.y_px,
        )

    def inverse(self) -> "Similarity":
        """Return the similarity from the second image back to the first."""
        power = self.a**2 + self.b**2
        a, b = self.a / power, -self.b / power
        return Similarity(
            a=a, b=b, x_px=-(a * self.x_px - b * self.y_px), y_px=-(b * self.x_px + a * self.y_px)
        )

    def resized(self, factor: float) -> "Similarity":
        """Express the same motion for images `factor` times as large; pixel centres at whole numbers."""
        # With pixel centres at whole numbers, resizing maps x to factor·(x + ½) − ½.
        offset = (factor - 1.0) / 2.0
        x_px = factor * self.x_px + offset - self.a * offset + self.b * offset
        y_px = factor * self.y_px + offset - self.b * offset - self.a * offset
        return Similarity(a=self.a, b=self.b, x_px=x_px, y_px=y_px)

    def largest_motion_px(self, size_px: tuple[int, int]) -> float:
        """Farthest that a corner of an image of `size_px` (width, height) moves."""
        width_px, height_px = size_px
        corners = np.array([[0, 0, 1], [width_px, 0, 1], [0, height_px, 1], [width_px, height_px, 1]])
        moved = corners @ self.matrix().T - corners[:, :2]
        return float(np.hypot(moved[:, 0], moved[:, 1]).max())
