"""Plain surfaces on a small canvas, for tests of the renderer."""

import numpy as np

from capture.simulator.optics.numbers import Optics
from capture.simulator.optics.surface import FloatImage, Scene, Surface, assemble_scene
from focstream.types import Intrinsics

OPTICS = Optics(focal_length_m=12e-3, f_number=2.5, pixel_pitch_m=7.2e-6)  # exactly 8 px of blur a dioptre
SIZE_PX = 96
MARGIN_PX = 32
CANVAS = (SIZE_PX + 2 * MARGIN_PX, SIZE_PX + 2 * MARGIN_PX)


def plane(
    radiance: float | FloatImage, *, dpt: float | FloatImage, coverage: float | FloatImage = 1.0
) -> Surface:
    return Surface(radiance=_filled(radiance), coverage=_filled(coverage), vergence_dpt=_filled(dpt))


def scene_of(*surfaces: Surface) -> Scene:
    middle = (SIZE_PX - 1) / 2
    focal_px = OPTICS.focal_length_px
    intrinsics = Intrinsics(fx_px=focal_px, fy_px=focal_px, cx_px=middle, cy_px=middle)
    return assemble_scene(surfaces, margin_px=MARGIN_PX, intrinsics=intrinsics)


def noise(seed: int, *, low: float = 0.1, high: float = 0.9) -> FloatImage:
    return np.random.default_rng(seed).uniform(low, high, CANVAS).astype(np.float32)


def _filled(value: float | FloatImage) -> FloatImage:
    return np.broadcast_to(np.asarray(value, np.float32), CANVAS).copy()
