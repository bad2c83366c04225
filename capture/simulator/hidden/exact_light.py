"""Pictures of a hidden rig's targets and scenes."""

import cv2
import numpy as np

from capture.simulator.hidden.truth import HiddenTruth
from capture.simulator.hidden.virtual_clock import Clock
from capture.simulator.optics.focus_volume import LightOverFocus, drawing
from capture.simulator.optics.surface import FloatImage, Scene, float_image

_ROUNDING_DPT = 5e-4
_KEPT = 64
_MOVING_DPT_S = 0.02
_MOVING_PX_S = 3.0


class ExactLight:
    """Pictures of a target rendered for each focus asked for, so that no grid bends a focus curve."""

    def __init__(self, scene: Scene, truth: HiddenTruth) -> None:
        self._draw = drawing(
            scene, optics=truth.optics, limits_dpt=truth.widened_dpt, breathing=truth.breathing
        )
        self._brightness = vignette(scene.image_shape, truth.vignetting)
        self._kept: dict[int, FloatImage] = {}

    def at(self, focus_dpt: float) -> FloatImage:
        """(H, W) float32 linear light."""
        key = round(focus_dpt / _ROUNDING_DPT)
        if key not in self._kept:
            if len(self._kept) >= _KEPT:
                self._kept.pop(next(iter(self._kept)))
            self._kept[key] = float_image(self._draw(key * _ROUNDING_DPT) * self._brightness)
        return self._kept[key]


class ShadedLight:
    """Pictures of a scene through a lens that loses light towards the corners."""

    def __init__(self, light: LightOverFocus, brightness: FloatImage) -> None:
        self._light, self._brightness = light, brightness

    def at(self, focus_dpt: float) -> FloatImage:
        """(H, W) float32 linear light."""
        return float_image(self._light.at(focus_dpt) * self._brightness)


class MovingLight:
    """Pictures of a flat target that comes nearer and to the side, as when somebody holds it."""

    def __init__(self, light: LightOverFocus, *, clock: Clock) -> None:
        self._light, self._clock = light, clock
        self._start_ns = clock.now_ns()

    def at(self, focus_dpt: float) -> FloatImage:
        """(H, W) float32 linear light."""
        since_s = (self._clock.now_ns() - self._start_ns) * 1e-9
        image = self._light.at(focus_dpt - _MOVING_DPT_S * since_s)
        shift = np.array([[1.0, 0.0, _MOVING_PX_S * since_s], [0.0, 1.0, 0.0]])
        size = (image.shape[1], image.shape[0])
        return float_image(cv2.warpAffine(image, shift, size, borderMode=cv2.BORDER_REFLECT))


def vignette(shape: tuple[int, int], lost: float) -> FloatImage:
    """(H, W) float32 brightness of an even surface, 1 in the middle; `lost` of it is lost in the corners."""
    height_px, width_px = shape
    y, x = np.mgrid[:height_px, :width_px]
    r2 = ((x - (width_px - 1) / 2) ** 2 + (y - (height_px - 1) / 2) ** 2) * 4.0 / (width_px**2 + height_px**2)
    return float_image(1.0 - lost * r2)
