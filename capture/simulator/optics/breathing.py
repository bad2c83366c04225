"""Focus breathing: the magnification changes a little with focus."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from capture.simulator.optics.surface import FloatImage, float_image
from focstream.types import Intrinsics


@dataclass(frozen=True, slots=True, kw_only=True)
class Breathing:
    """Magnification 1 + k·(D − D0), linear in the vergence D in focus, about the principal point.

    Attributes
    ----------
    per_dpt
        k, change of the magnification with every dioptre.
    reference_dpt
        D0, where the magnification is 1 and the truth holds exactly.
    """

    per_dpt: float
    reference_dpt: float

    def magnification(self, focus_dpt: float) -> float:
        """How much larger than at the reference the image is."""
        return 1.0 + self.per_dpt * (focus_dpt - self.reference_dpt)

    def halo_px(self, image_shape: tuple[int, int], *, limits_dpt: tuple[float, float]) -> int:
        """Pixels needed around the image so that shrinking it still fills it."""
        if self.per_dpt == 0.0:
            return 0
        smallest = min(self.magnification(limit) for limit in limits_dpt)
        return max(0, math.ceil(max(image_shape) * (1.0 / smallest - 1.0) * 0.75)) + 2

    def apply(
        self, image: FloatImage, *, focus_dpt: float, intrinsics: Intrinsics, halo_px: int
    ) -> FloatImage:
        """Magnify an image that carries a halo on each side, and cut the halo off."""
        height_px, width_px = (side - 2 * halo_px for side in image.shape[:2])
        scale = 1.0 / self.magnification(focus_dpt)
        to_source = np.array(
            [
                [scale, 0.0, halo_px + intrinsics.cx_px * (1.0 - scale)],
                [0.0, scale, halo_px + intrinsics.cy_px * (1.0 - scale)],
            ]
        )
        flags = cv2.INTER_LANCZOS4 | cv2.WARP_INVERSE_MAP
        size = (width_px, height_px)
        warped = cv2.warpAffine(image, to_source, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
        return float_image(warped)
