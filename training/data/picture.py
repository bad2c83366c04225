"""Pictures with vergence: what focal stacks are rendered from."""

from dataclasses import dataclass

import cv2
import numpy as np

from capture.simulator.optics.surface import FloatImage, float_image

DISPLAY_GAMMA = 2.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """An all-in-focus picture and how near everything in it is.

    Attributes
    ----------
    radiance
        (H, W, 3) float32 linear light, blue-green-red, about 0 … 1.
    nearness
        (H, W) float32, linear in vergence, in any unit.
    """

    radiance: FloatImage
    nearness: FloatImage

    def crop(self, random: np.random.Generator, *, size_px: int) -> "Picture":
        """Cut a random square, after scaling (never below the square) and perhaps mirroring it."""
        shorter_px = min(self.nearness.shape)
        scale = max(size_px / shorter_px, float(random.uniform(0.6, 1.4)))
        radiance, nearness = self._scaled(scale)
        height_px, width_px = nearness.shape
        top = int(random.integers(height_px - size_px + 1))
        left = int(random.integers(width_px - size_px + 1))
        rows, columns = slice(top, top + size_px), slice(left, left + size_px)
        step = -1 if random.random() < 0.5 else 1
        return Picture(
            radiance=np.ascontiguousarray(radiance[rows, columns][:, ::step]),
            nearness=np.ascontiguousarray(nearness[rows, columns][:, ::step]),
        )

    def _scaled(self, scale: float) -> tuple[FloatImage, FloatImage]:
        height_px, width_px = self.nearness.shape
        size = (max(round(width_px * scale), 1), max(round(height_px * scale), 1))
        how = cv2.INTER_AREA if scale < 1.0 else cv2.INTER_LINEAR
        return (
            float_image(cv2.resize(self.radiance, size, interpolation=how)),
            float_image(cv2.resize(self.nearness, size, interpolation=cv2.INTER_LINEAR)),
        )


def to_linear(image: np.ndarray) -> FloatImage:
    """Undo the display gamma of an (H, W, 3) uint8 picture: linear light, 0 … 1."""
    return np.power(image.astype(np.float32) / np.float32(255.0), np.float32(DISPLAY_GAMMA))


def to_display(radiance: FloatImage) -> np.ndarray:
    """Apply the display gamma and quantise: uint8."""
    display = np.power(np.clip(radiance, 0.0, 1.0), np.float32(1.0 / DISPLAY_GAMMA))
    return np.asarray(display * 255.0 + 0.5, np.uint8)
