"""Depth-dependent blur with correct occlusion: pure functions on arrays.

Each surface is cut into slabs of nearly equal vergence. The slabs of a surface, being one connected thing,
add up; surfaces are composited from far to near, each with its blurred coverage. So light is preserved and
no sharp background shines through a blurred foreground. Blur is a product in the frequency domain, where
the slabs of a surface are also summed: one inverse transform for a surface and focus. Radiance and coverage
share one complex image, because the disc's transfer function is real and symmetric and keeps them apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from capture.simulator.optics.disc import disc_transfer
from capture.simulator.optics.layer import SLAB_STEP_PX, Layer, to_layers
from capture.simulator.optics.numbers import Optics, blur_diameter_px
from capture.simulator.optics.surface import FloatImage, Surface, float_image


class Blur(Protocol):
    """What a lens makes of a point, for any defocus."""

    def transfer(self, vergence_dpt: float, *, focus_dpt: float, shape: tuple[int, int]) -> FloatImage:
        """Transfer function (1, H, W) float32, real, or (2, H, W) with its imaginary part.

        In the layout of an unshifted DFT. A blur that is the same turned by 180 degrees needs no imaginary
        part.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscBlur:
    """The blur of a thin lens with a round aperture."""

    optics: Optics

    def transfer(self, vergence_dpt: float, *, focus_dpt: float, shape: tuple[int, int]) -> FloatImage:
        """Transfer function of the disc, without an imaginary part."""
        diameter_px = blur_diameter_px(vergence_dpt, optics=self.optics, focus_dpt=focus_dpt)
        return disc_transfer(diameter_px, shape=shape)[None]


def render_layers(
    layers: Sequence[Layer],
    *,
    optics: Optics,
    focus_dpt: float,
    image_shape: tuple[int, ...],
    blur: Blur | None = None,
) -> FloatImage:
    """Composite layers, far to near, at one focus: (H, W[, 3]) float32 linear light, not below 0.

    `blur` replaces that of a round aperture; it must not reach farther than the layers were made for.
    """
    image = np.zeros(image_shape, np.float32)
    blur = DiscBlur(optics=optics) if blur is None else blur
    for layer in layers:
        light, coverage = _blur(layer, blur=blur, focus_dpt=focus_dpt)
        behind = image[layer.target]
        behind *= 1.0 - coverage
        behind += light
    return np.maximum(image, 0.0, out=image)


def defocus_stack(
    surfaces: Sequence[Surface],
    *,
    optics: Optics,
    focus_dpt: Sequence[float],
    margin_px: int,
    slab_step_px: float = SLAB_STEP_PX,
) -> FloatImage:
    """Render surfaces at several focus positions.

    Parameters
    ----------
    surfaces
        Far to near, on one canvas.
    optics
        Lens and sensor.
    focus_dpt
        Vergences in focus, in any order.
    margin_px
        Of the canvas around the visible image.
    slab_step_px
        Difference of the blur's diameter between neighbouring slabs: larger is faster and coarser.

    Returns
    -------
    images
        (S, H, W) or (S, H, W, 3) float32 linear light, not below 0.

    Raises
    ------
    InputError
        When blur reaches farther than the margin.
    """
    layers = to_layers(
        surfaces, optics=optics, focus_dpt=focus_dpt, margin_px=margin_px, slab_step_px=slab_step_px
    )
    shape = visible_shape(surfaces, margin_px=margin_px)
    return np.stack([render_layers(layers, optics=optics, focus_dpt=f, image_shape=shape) for f in focus_dpt])


def visible_shape(surfaces: Sequence[Surface], *, margin_px: int) -> tuple[int, ...]:
    """(H, W[, 3]) of the image inside the canvas."""
    height_px, width_px, *channels = surfaces[0].radiance.shape
    return (height_px - 2 * margin_px, width_px - 2 * margin_px, *channels)


def _blur(layer: Layer, *, blur: Blur, focus_dpt: float) -> tuple[FloatImage, FloatImage]:
    """Light and coverage of a layer on its target; coverage is shaped to multiply with the light."""
    total = np.zeros_like(layer.slabs[0])
    for slab, dpt in zip(layer.slabs, layer.slab_dpt, strict=True):
        transfer = blur.transfer(dpt, focus_dpt=focus_dpt, shape=(slab.shape[2], slab.shape[3]))
        for pair, sums in zip(slab, total, strict=True):
            _accumulate_product(pair, transfer, sums)
    pairs = [_inverse(real, imaginary)[layer.source] for real, imaginary in total]
    coverage = pairs[-1][..., 1:]
    if len(pairs) == 1:
        return _normalised(pairs[0][..., 0], coverage[..., 0], opaque=layer.opaque)
    return _normalised(np.concatenate((pairs[0], pairs[1][..., :1]), axis=2), coverage, opaque=layer.opaque)


def _accumulate_product(pair: FloatImage, transfer: FloatImage, sums: FloatImage) -> None:
    """Add the product of complex `pair` and `transfer` to `sums`; all hold real and imaginary parts."""
    real, imaginary = pair
    cv2.accumulateProduct(real, transfer[0], sums[0])
    cv2.accumulateProduct(imaginary, transfer[0], sums[1])
    if len(transfer) == 2:
        cv2.accumulateProduct(imaginary, -transfer[1], sums[0])
        cv2.accumulateProduct(real, transfer[1], sums[1])


def _inverse(real: FloatImage, imaginary: FloatImage) -> FloatImage:
    """(h, w, 2) inverse transform.

    By the forward one, which cv2 does several times faster: exchanging real and imaginary parts before and
    after a forward transform gives the inverse, but for the scale.
    """
    swapped = cv2.dft(cv2.merge((imaginary, real)), flags=cv2.DFT_SCALE)
    return float_image(swapped)[..., ::-1]


def _normalised(light: FloatImage, coverage: FloatImage, *, opaque: bool) -> tuple[FloatImage, FloatImage]:
    """Undo what slanted slabs gained or lost where they meet: no surface covers more than all of a pixel."""
    if opaque:
        return np.divide(light, coverage), np.ones_like(coverage)
    return np.divide(light, np.maximum(coverage, 1.0)), np.clip(coverage, 0.0, 1.0)
