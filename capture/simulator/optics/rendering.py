"""Pictures of a scene at one focus, as the lens images it."""

import numpy as np

from capture.simulator.optics.layer import to_layers
from capture.simulator.optics.numbers import Optics
from capture.simulator.optics.surface import FloatImage, Scene
from capture.simulator.optics.thin_lens import render_layers, visible_shape


def render(scene: Scene, *, optics: Optics, focus_dpt: float) -> FloatImage:
    """Picture of a scene focused at a vergence: (H, W) or (H, W, 3) float32 linear light, 0 … 1.

    Raises
    ------
    InputError
        When the scene's margin is smaller than the blur.
    """
    layers = to_layers(scene.surfaces, optics=optics, focus_dpt=(focus_dpt,), margin_px=scene.margin_px)
    shape = visible_shape(scene.surfaces, margin_px=scene.margin_px)
    image = render_layers(layers, optics=optics, focus_dpt=focus_dpt, image_shape=shape)
    return np.minimum(image, 1.0, out=image)
