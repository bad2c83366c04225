"""The plane on which scenes are drawn: the image and the margin around it."""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.simulator.optics.surface import FloatImage

_SUPERSAMPLING = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Canvas:
    """Pixel grid with the origin in the middle of the image.

    Attributes
    ----------
    width_px, height_px
        Of the image.
    margin_px
        On every side of it.
    colour
        Whether surfaces are blue-green-red or grey.
    x, y
        (H, W) float32 pixel coordinates from the image's centre, right and down.
    """

    width_px: int
    height_px: int
    margin_px: int
    colour: bool
    x: FloatImage = field(init=False)
    y: FloatImage = field(init=False)

    def __post_init__(self) -> None:
        """Lay out the pixel coordinates."""
        height, width = self.shape
        columns = np.arange(width, dtype=np.float32) - np.float32((width - 1) / 2)
        rows = np.arange(height, dtype=np.float32) - np.float32((height - 1) / 2)
        x, y = np.meshgrid(columns, rows)
        object.__setattr__(self, "x", x)
        object.__setattr__(self, "y", y)

    @property
    def shape(self) -> tuple[int, int]:
        """(H, W) of the canvas, margin included."""
        return self.height_px + 2 * self.margin_px, self.width_px + 2 * self.margin_px

    @property
    def drawing_focal_px(self) -> float:
        """Focal length by which solids are drawn.

        Shorter than a real lens' that blurs this much, so that tables and balls look like themselves in a
        range of depth that fills the whole sweep. Only textures, outlines and shading depend on it.
        """
        return 1.2 * self.width_px

    def full(self, value: float) -> FloatImage:
        """(H, W) float32 canvas of one value."""
        return np.full(self.shape, value, np.float32)

    def polygon(self, corners: NDArray[np.float64]) -> FloatImage:
        """(H, W) float32 coverage of a filled polygon; corners (N, 2) in x, y."""
        mask = self._fine_mask()
        cv2.fillPoly(mask, [self._fine_points(corners)], (255,))
        return self._coverage(mask)

    def strokes(self, lines: list[NDArray[np.float64]], *, widths_px: list[float]) -> FloatImage:
        """(H, W) float32 coverage of polylines, each (N, 2) in x, y and of its own width."""
        mask = self._fine_mask()
        for line, width_px in zip(lines, widths_px, strict=True):
            thickness = max(1, round(width_px * _SUPERSAMPLING))
            cv2.polylines(mask, [self._fine_points(line)], isClosed=False, color=(255,), thickness=thickness)
        return self._coverage(mask)

    def _fine_mask(self) -> NDArray[np.uint8]:
        return np.zeros((self.shape[0] * _SUPERSAMPLING, self.shape[1] * _SUPERSAMPLING), np.uint8)

    def _fine_points(self, points: NDArray[np.float64]) -> NDArray[np.int32]:
        origin = np.array([self.shape[1] / 2, self.shape[0] / 2])
        return np.asarray(np.rint((points + origin) * _SUPERSAMPLING - 0.5), np.int32)

    def _coverage(self, mask: NDArray[np.uint8]) -> FloatImage:
        height, width = self.shape
        fine = cv2.resize(mask, (width, height), interpolation=cv2.INTER_AREA)
        return fine.astype(np.float32) / np.float32(255.0)
