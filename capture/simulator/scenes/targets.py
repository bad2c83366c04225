"""Calibration targets in front of the simulated camera: a textured wall, a white one, a ChArUco board."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.simulator.optics.numbers import Optics
from capture.simulator.optics.surface import FloatImage, Scene, Surface, assemble_scene, float_image
from capture.simulator.scenes.textures import octave_noise
from focstream.types import Intrinsics

_WHITE, _BLACK = 0.75, 0.08
_SUPERSAMPLING = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """Where a flat target is: its middle at (x, y, z) metres, turned about x, then about y (radians)."""

    z_m: float
    x_m: float = 0.0
    y_m: float = 0.0
    turn_x_rad: float = 0.0
    turn_y_rad: float = 0.0

    def rotation(self) -> NDArray[np.float64]:
        """(3, 3) rotation from the target to the camera."""
        about_x = cv2.Rodrigues(np.array([self.turn_x_rad, 0.0, 0.0]))[0]
        about_y = cv2.Rodrigues(np.array([0.0, self.turn_y_rad, 0.0]))[0]
        return np.asarray(about_y @ about_x, np.float64)

    def shift(self) -> NDArray[np.float64]:
        """(3,) middle of the target."""
        return np.array([self.x_m, self.y_m, self.z_m])


def wall(
    *,
    size_px: tuple[int, int],
    margin_px: int,
    vergence_dpt: FloatImage,
    intrinsics: Intrinsics,
    seed: int | None,
) -> Scene:
    """Upright wall that fills the picture; `seed` of its texture, None for plain white.

    Parameters
    ----------
    size_px
        Width and height of the picture.
    margin_px
        Of the canvas around it.
    vergence_dpt
        (H, W) float32 over the whole canvas; it need not be flat, to simulate the curvature of the field.
    intrinsics
        Of the picture.
    seed
        Of the texture, which has detail from 2 to 96 pixels.
    """
    shape = (size_px[1] + 2 * margin_px, size_px[0] + 2 * margin_px)
    radiance = np.full(shape, _WHITE, np.float32)
    if seed is not None:
        noise = octave_noise(
            np.random.default_rng(seed), shape, coarsest_px=96.0, finest_px=1.5, persistence=1.1
        )
        radiance = np.clip(0.42 + 0.16 * noise, _BLACK, 0.9).astype(np.float32)
    return _scene(radiance, vergence_dpt, margin_px=margin_px, intrinsics=intrinsics)


def board(
    picture: NDArray[np.uint8],
    *,
    width_m: float,
    pose: Pose,
    size_px: tuple[int, int],
    margin_px: int,
    intrinsics: Intrinsics,
) -> Scene:
    """Put a printed board in the middle of a large white sheet.

    Parameters
    ----------
    picture
        (h, w) uint8 of the board.
    width_m
        Its width as printed.
    pose
        Where it is.
    size_px, margin_px, intrinsics
        As for `wall`.
    """
    camera = np.array(intrinsics.k).reshape(3, 3)
    rotation, shift = pose.rotation(), pose.shift()
    per_px = width_m / picture.shape[1]
    # A corner of the printed picture lies half a pixel before the centre of its first pixel.
    to_board = np.array(
        [
            [per_px, 0.0, (0.5 - picture.shape[1] / 2) * per_px],
            [0.0, per_px, (0.5 - picture.shape[0] / 2) * per_px],
            [0.0, 0.0, 1.0],
        ]
    )
    to_image = camera @ np.column_stack((rotation[:, 0], rotation[:, 1], shift)) @ to_board
    shape = (size_px[1] + 2 * margin_px, size_px[0] + 2 * margin_px)
    many = float(_SUPERSAMPLING)
    place = margin_px + 0.5
    to_fine = np.array([[many, 0.0, many * place - 0.5], [0.0, many, many * place - 0.5], [0.0, 0.0, 1.0]])
    fine = cv2.warpPerspective(
        picture,
        to_fine @ to_image,
        (shape[1] * _SUPERSAMPLING, shape[0] * _SUPERSAMPLING),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=255,
    )
    small = cv2.resize(fine, (shape[1], shape[0]), interpolation=cv2.INTER_AREA)
    radiance = float_image(_BLACK + (_WHITE - _BLACK) * small.astype(np.float32) / np.float32(255.0))
    x, y = np.meshgrid(np.arange(shape[1]) - margin_px, np.arange(shape[0]) - margin_px)
    rays = np.stack(((x - intrinsics.cx_px) / intrinsics.fx_px, (y - intrinsics.cy_px) / intrinsics.fy_px))
    normal = rotation[:, 2]
    vergence = (normal[0] * rays[0] + normal[1] * rays[1] + normal[2]) / float(normal @ shift)
    return _scene(radiance, float_image(vergence), margin_px=margin_px, intrinsics=intrinsics)


def field_vergence(
    vergence_dpt: float,
    *,
    size_px: tuple[int, int],
    margin_px: int,
    curvature_dpt: float = 0.0,
    tilt_dpt: tuple[float, float] = (0.0, 0.0),
) -> FloatImage:
    """(H, W) float32 vergence at which an upright wall seems to be through a lens with a curved field."""
    width_px, height_px = size_px
    half_px = float(np.hypot(width_px, height_px)) / 2.0
    x = (np.arange(width_px + 2 * margin_px)[None, :] - margin_px - (width_px - 1) / 2) / half_px
    y = (np.arange(height_px + 2 * margin_px)[:, None] - margin_px - (height_px - 1) / 2) / half_px
    offset = curvature_dpt * (x**2 + y**2) + tilt_dpt[0] * x + tilt_dpt[1] * y
    return float_image(vergence_dpt + offset)


def intrinsics_of(
    optics: Optics, *, size_px: tuple[int, int], centre_px: tuple[float, float] = (0.0, 0.0)
) -> Intrinsics:
    """Intrinsics with the principal point `centre_px` off the middle of the picture."""
    return Intrinsics(
        fx_px=optics.focal_length_px,
        fy_px=optics.focal_length_px,
        cx_px=(size_px[0] - 1) / 2 + centre_px[0],
        cy_px=(size_px[1] - 1) / 2 + centre_px[1],
    )


def _scene(radiance: FloatImage, vergence: FloatImage, *, margin_px: int, intrinsics: Intrinsics) -> Scene:
    surface = Surface(radiance=radiance, coverage=np.ones_like(radiance), vergence_dpt=vergence)
    return assemble_scene([surface], margin_px=margin_px, intrinsics=intrinsics)
