"""Geometry of surfaces: where they are, how they face the light, and how a texture lies on them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from capture.simulator.optics.surface import FloatImage
from capture.simulator.scenes.canvas import Canvas

_LIGHT = np.array([-0.45, -0.7, -0.55]) / np.linalg.norm([0.45, 0.7, 0.55])  # from above left, behind us
_AMBIENT = 0.35


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A surface before it is painted; all maps (H, W) float32.

    Attributes
    ----------
    coverage, vergence_dpt
        As in `Surface`.
    u, v
        Texture coordinates, about one texel a pixel.
    shade
        Light that falls on it, 0 … 1.
    """

    coverage: FloatImage
    vergence_dpt: FloatImage
    u: FloatImage
    v: FloatImage
    shade: FloatImage


@dataclass(frozen=True, slots=True, kw_only=True)
class Plane:
    """A plane in space: its vergence is linear over the image (D = n·(x/f, y/f, 1) where n·P = 1).

    Attributes
    ----------
    per_x, per_y
        Change of the vergence with each pixel, in dioptres.
    centre_dpt
        Vergence in the middle of the image.
    """

    centre_dpt: float
    per_x: float = 0.0
    per_y: float = 0.0

    @classmethod
    def through(cls, points: NDArray[np.float64]) -> "Plane":
        """Plane through three or more (x, y, vergence) rows, in the least-squares sense."""
        design = np.column_stack((points[:, :2], np.ones(len(points))))
        per_x, per_y, centre = np.linalg.lstsq(design, points[:, 2], rcond=None)[0]
        return cls(centre_dpt=float(centre), per_x=float(per_x), per_y=float(per_y))

    def at(self, x: float, y: float) -> float:
        """Vergence at one pixel."""
        return self.centre_dpt + self.per_x * x + self.per_y * y

    def shape(self, canvas: Canvas, *, coverage: FloatImage) -> Shape:
        """Shape of this plane within a coverage; its vergence is held to that of the covered part."""
        raw_dpt = self.centre_dpt + self.per_x * canvas.x + self.per_y * canvas.y
        covered = raw_dpt[coverage > 0.0] if np.any(coverage > 0.0) else raw_dpt
        lowest, highest = max(float(covered.min()), 0.02), max(float(covered.max()), 0.03)
        vergence_dpt = np.clip(raw_dpt, lowest, highest).astype(np.float32)
        u, v = self._texture_coordinates(canvas, vergence_dpt, reference_dpt=(lowest * highest) ** 0.5)
        facing = float(-self._normal(canvas) @ _LIGHT)
        shade = canvas.full(_AMBIENT + (1.0 - _AMBIENT) * max(facing, 0.0))
        return Shape(coverage=coverage, vergence_dpt=vergence_dpt, u=u, v=v, shade=shade)

    def _normal(self, canvas: Canvas) -> NDArray[np.float64]:
        """Return the unit normal, away from the camera."""
        focal_px = canvas.drawing_focal_px
        normal = np.array([self.per_x * focal_px, self.per_y * focal_px, self.centre_dpt])
        unit: NDArray[np.float64] = normal / np.linalg.norm(normal)
        return unit

    def _texture_coordinates(
        self, canvas: Canvas, vergence_dpt: FloatImage, *, reference_dpt: float
    ) -> tuple[FloatImage, FloatImage]:
        normal = self._normal(canvas)
        first = np.array([1.0, 0.0, 0.0]) - normal[0] * normal
        first /= np.linalg.norm(first)
        second = np.cross(normal, first)
        texels_per_m = canvas.drawing_focal_px * reference_dpt
        scale = np.float32(texels_per_m) / vergence_dpt
        ray_x, ray_y = canvas.x / canvas.drawing_focal_px, canvas.y / canvas.drawing_focal_px
        u, v = (scale * (axis[0] * ray_x + axis[1] * ray_y + axis[2]) for axis in (first, second))
        return u.astype(np.float32), v.astype(np.float32)


def ball(canvas: Canvas, *, centre: tuple[float, float], radius_px: float, vergence_dpt: float) -> Shape:
    """Front of a ball; `vergence_dpt` is that of its middle."""
    dx = (canvas.x - centre[0]) / np.float32(radius_px)
    dy = (canvas.y - centre[1]) / np.float32(radius_px)
    distance = np.hypot(dx, dy)
    towards_us = np.sqrt(np.maximum(1.0 - np.square(distance), 0.0))
    radius_m = radius_px / (canvas.drawing_focal_px * vergence_dpt)
    facing = -(_LIGHT[0] * -dx + _LIGHT[1] * -dy + _LIGHT[2] * towards_us)
    return Shape(
        coverage=np.clip((1.0 - distance) * radius_px + 0.5, 0.0, 1.0).astype(np.float32),
        vergence_dpt=(1.0 / (1.0 / vergence_dpt - radius_m * towards_us)).astype(np.float32),
        u=(radius_px * np.arcsin(np.clip(dx, -1.0, 1.0))).astype(np.float32),
        v=(radius_px * np.arcsin(np.clip(dy, -1.0, 1.0))).astype(np.float32),
        shade=(_AMBIENT + (1.0 - _AMBIENT) * np.maximum(facing, 0.0)).astype(np.float32),
    )


def joined(shapes: list[Shape]) -> Shape:
    """Faces that meet at edges, as one shape: between faces there is no seam for light to leak through."""
    coverages = np.stack([shape.coverage for shape in shapes])
    nearest = coverages.argmax(axis=0)[None]

    def pick(name: str) -> FloatImage:
        maps = np.stack([getattr(shape, name) for shape in shapes])
        picked: FloatImage = np.take_along_axis(maps, nearest, axis=0)[0]
        return picked

    return Shape(
        coverage=np.minimum(coverages.sum(axis=0), 1.0),
        vergence_dpt=pick("vergence_dpt"),
        u=pick("u"),
        v=pick("v"),
        shade=pick("shade"),
    )


def box(
    canvas: Canvas,
    *,
    base: tuple[float, float],
    size_px: tuple[float, float, float],
    vergence_dpt: float,
    yaw_rad: float,
) -> Shape:
    """Box with the middle of its front's lower edge at `base` (x, y).

    Parameters
    ----------
    canvas
        To draw on.
    base
        Position in pixels.
    size_px
        Width, height and depth at the vergence of its base.
    vergence_dpt
        Of its base.
    yaw_rad
        Turn about the vertical.
    """
    focal_px = canvas.drawing_focal_px
    metres = np.array(size_px) / (focal_px * vergence_dpt)
    unit = np.array([[i, j, k] for i in (-0.5, 0.5) for j in (0.0, -1.0) for k in (0.0, 1.0)])
    local = unit * metres
    turn = np.array(
        [[np.cos(yaw_rad), 0, np.sin(yaw_rad)], [0, 1, 0], [-np.sin(yaw_rad), 0, np.cos(yaw_rad)]]
    )
    pitch = 0.45  # we look down on the table, so tops show
    tilt = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    origin = np.array([base[0] / focal_px, base[1] / focal_px, 1.0]) / vergence_dpt
    corners = local @ turn.T @ tilt.T + origin
    faces = [(0, 4, 6, 2), (1, 5, 7, 3), (0, 1, 3, 2), (4, 5, 7, 6), (2, 6, 7, 3)]
    visible = [_face(canvas, corners[list(face)], middle=corners.mean(axis=0)) for face in faces]
    return joined([shape for shape in visible if shape is not None])


def _face(canvas: Canvas, corners: NDArray[np.float64], *, middle: NDArray[np.float64]) -> Shape | None:
    """One face of a solid, or None when it looks away; corners (4, 3) in metres."""
    normal = np.cross(corners[1] - corners[0], corners[2] - corners[0])
    outward = normal if normal @ (corners[0] - middle) > 0 else -normal
    if outward @ corners[0] >= 0:
        return None
    projected = corners[:, :2] / corners[:, 2:] * canvas.drawing_focal_px
    vergence_dpt = 1.0 / corners[:, 2]
    plane = Plane.through(np.column_stack((projected, vergence_dpt)))
    return plane.shape(canvas, coverage=canvas.polygon(projected))
