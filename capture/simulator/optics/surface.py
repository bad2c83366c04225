"""What the simulated camera looks at: surfaces, each known also where a nearer one hides it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from focstream.types import InputError, Intrinsics

FloatImage = NDArray[np.float32]
Scalar = TypeVar("Scalar", bound=np.generic)

_WINDOW_PX = 9
_MIN_CONTRAST = 0.03  # root mean square of the detail, over the mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """One surface on the canvas, complete also behind nearer surfaces.

    Attributes
    ----------
    radiance
        (H, W) or (H, W, 3) float32 linear light, 1 = white; colour is blue-green-red.
    coverage
        (H, W) float32, 0 … 1: how much of each pixel it fills.
    vergence_dpt
        (H, W) float32 1/z in dioptres; finite also where there is no coverage.
    """

    radiance: FloatImage
    coverage: FloatImage
    vergence_dpt: FloatImage

    def __post_init__(self) -> None:
        """Refuse images that do not lie on one canvas."""
        shape = self.coverage.shape
        if self.radiance.shape[:2] != shape or self.vergence_dpt.shape != shape:
            raise InputError(
                f"radiance {self.radiance.shape}, coverage {shape} and vergence {self.vergence_dpt.shape} "
                "of a surface must share one canvas"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Surfaces from far to near, and the truth about what the camera sees of them.

    The canvas is the image plus a margin on every side, from which blur reaches into the image.

    Attributes
    ----------
    surfaces
        Far to near.
    margin_px
        Width of the margin on each side.
    intrinsics
        Of the image without its margin.
    truth_vergence_dpt
        (H, W) float32 vergence of the nearest surface that covers at least half a pixel; NaN = none.
    textured
        (H, W) bool: the all-in-focus image has local contrast here.
    """

    surfaces: tuple[Surface, ...]
    margin_px: int
    intrinsics: Intrinsics
    truth_vergence_dpt: FloatImage
    textured: NDArray[np.bool_]

    @property
    def image_shape(self) -> tuple[int, int]:
        """(H, W) of the image without its margin."""
        height_px, width_px = self.truth_vergence_dpt.shape
        return height_px, width_px


def assemble_scene(surfaces: Iterable[Surface], *, margin_px: int, intrinsics: Intrinsics) -> Scene:
    """Join surfaces (far to near, on one canvas) to a scene, and derive the truth from them."""
    ordered = tuple(surfaces)
    if not ordered:
        raise InputError("a scene needs at least one surface")
    return Scene(
        surfaces=ordered,
        margin_px=margin_px,
        intrinsics=intrinsics,
        truth_vergence_dpt=without_margin(_visible_vergence(ordered), margin_px=margin_px),
        textured=without_margin(_has_texture(all_in_focus(ordered)), margin_px=margin_px),
    )


def all_in_focus(surfaces: Iterable[Surface]) -> FloatImage:
    """Canvas (H, W[, 3]) float32 linear light as a pinhole would see it."""
    image: FloatImage | None = None
    for surface in surfaces:
        coverage = surface.coverage if surface.radiance.ndim == 2 else surface.coverage[..., None]
        behind = np.zeros_like(surface.radiance) if image is None else image
        image = behind + coverage * (surface.radiance - behind)
    if image is None:
        raise InputError("a scene needs at least one surface")
    return image


def float_image(image: NDArray[Any]) -> FloatImage:
    """Take an array as a float32 image; one that is float32 already is not copied."""
    return np.asarray(image, np.float32)


def without_margin(canvas: NDArray[Scalar], *, margin_px: int) -> NDArray[Scalar]:
    """Contiguous copy of the image inside the canvas."""
    height_px, width_px = canvas.shape[:2]
    inner = canvas[margin_px : height_px - margin_px, margin_px : width_px - margin_px]
    return np.ascontiguousarray(inner)


def _visible_vergence(surfaces: tuple[Surface, ...]) -> FloatImage:
    vergence_dpt = np.full(surfaces[0].coverage.shape, np.nan, np.float32)
    for surface in surfaces:
        np.copyto(vergence_dpt, surface.vergence_dpt, where=surface.coverage > 0.5)
    return vergence_dpt


def _has_texture(image: FloatImage) -> NDArray[np.bool_]:
    """Where fine detail is a few percent of the local mean, in any channel; smooth shading is none."""
    window = (_WINDOW_PX, _WINDOW_PX)
    mean = cv2.blur(image, window)
    detail = cv2.blur(np.square(image - mean), window)
    textured = np.asarray(detail > np.square(_MIN_CONTRAST * mean) + 1e-6, np.bool_)
    return textured if textured.ndim == 2 else np.any(textured, axis=2)
