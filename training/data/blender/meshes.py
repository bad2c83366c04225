"""Meshes from a few numbers: boxes, turned profiles, tubes, prisms, sheets, plates with holes."""

import math
from collections.abc import Callable, Sequence

import numpy as np

from training.data.blender.plan import Mesh, Points


def box(x_m: float, y_m: float, z_m: float) -> Mesh:
    """Make a box that stands on z = 0, centred in x and y."""
    return prism(np.array([(-x_m, -y_m), (x_m, -y_m), (x_m, y_m), (-x_m, y_m)]) / 2, z_m)


def prism(outline: np.ndarray, height_m: float) -> Mesh:
    """Raise a (K, 2) outline, counterclockwise, from z = 0 to `height_m`."""
    count = len(outline)
    low, high = (np.column_stack([outline, np.full(count, z)]) for z in (0.0, height_m))
    sides = tuple((k, (k + 1) % count, count + (k + 1) % count, count + k) for k in range(count))
    caps = (tuple(range(count - 1, -1, -1)), tuple(range(count, 2 * count)))
    return Mesh(points=np.vstack([low, high]), faces=sides + caps)


def polygon(corners: int, radius_m: float, *, turn_rad: float = 0.0) -> np.ndarray:
    """Return the (K, 2) outline of a regular polygon."""
    angles = turn_rad + np.arange(corners) * 2 * math.pi / corners
    return radius_m * np.column_stack([np.cos(angles), np.sin(angles)])


def lathe(profile: Sequence[tuple[float, float]], *, segments: int = 32) -> Mesh:
    """Turn a profile of (radius, height) pairs, from bottom to top, about the z axis."""
    rings = np.array(profile, float)
    angles = np.arange(segments) * 2 * math.pi / segments
    around = np.column_stack([np.cos(angles), np.sin(angles)])
    points = np.concatenate(
        [np.column_stack([radius * around, np.full(segments, height)]) for radius, height in rings]
    )
    faces = _bands(len(rings), segments)
    ends = (tuple(range(segments - 1, -1, -1)), tuple(range(len(points) - segments, len(points))))
    return Mesh(points=points, faces=faces + ends)


def ball(radius_m: float, *, rings: int = 16, segments: int = 32) -> Mesh:
    """Make a sphere about the origin."""
    angles = np.linspace(-math.pi / 2, math.pi / 2, rings + 1)
    reach = np.maximum(radius_m * np.cos(angles), 1e-4 * radius_m)
    return lathe(list(zip(reach, radius_m * np.sin(angles), strict=True)), segments=segments)


def tube(path: Points, radius_m: float | np.ndarray, *, segments: int = 10) -> Mesh:
    """Make a round tube along (K, 3) points; `radius_m` may be one for every point."""
    tangents = np.gradient(path.astype(np.float64), axis=0)
    tangents /= np.linalg.norm(tangents, axis=1, keepdims=True) + 1e-12
    radii = np.broadcast_to(np.asarray(radius_m, float), len(path))
    side = _perpendicular(tangents[0])
    angles = np.arange(segments) * 2 * math.pi / segments
    rings = []
    for centre, tangent, radius in zip(path, tangents, radii, strict=True):
        side = side - tangent * (side @ tangent)  # carried along, so that the tube does not twist
        side /= np.linalg.norm(side) + 1e-12
        other = np.cross(tangent, side)
        rings.append(centre + radius * (np.outer(np.cos(angles), side) + np.outer(np.sin(angles), other)))
    count = len(path) * segments
    ends = (tuple(range(segments - 1, -1, -1)), tuple(range(count - segments, count)))
    return Mesh(points=np.concatenate(rings), faces=_bands(len(path), segments) + ends)


def sheet(
    x_m: float,
    y_m: float,
    height: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None,
    *,
    steps: int = 40,
) -> Mesh:
    """Make a rectangle in z = 0, or z = height(x, y), centred."""
    count = steps + 1 if height else 2
    x, y = np.meshgrid(np.linspace(-x_m / 2, x_m / 2, count), np.linspace(-y_m / 2, y_m / 2, count))
    z = height(x, y) if height else np.zeros_like(x)
    points = np.column_stack([x.ravel(), y.ravel(), z.ravel()])
    corners = [row * count + column for row in range(count - 1) for column in range(count - 1)]
    faces = tuple((k, k + 1, k + count + 1, k + count) for k in corners)
    return Mesh(points=points, faces=faces)


def pierced_plate(
    columns: int,
    rows: int,
    *,
    pitch_m: float,
    hole_m: float,
    thickness_m: float,
    corners: int,
    turn_rad: float,
) -> Mesh:
    """Make a plate in the x-z plane with a grid of holes through it.

    Parameters
    ----------
    columns, rows
        Holes along x and z.
    pitch_m, hole_m, thickness_m
        Distance of the holes, their diameter (less than the distance), and the plate's thickness along y.
    corners, turn_rad
        Of the holes.
    """
    angles = turn_rad + np.arange(corners * 4) * 2 * math.pi / (corners * 4)
    direction = np.column_stack([np.cos(angles), np.sin(angles)])
    outer = direction * (pitch_m / 2 / np.abs(direction).max(axis=1))[:, None]
    sector = math.pi / corners
    inside = np.cos(sector) / np.cos((angles - turn_rad) % (2 * sector) - sector)  # the polygon's own radius
    inner = direction * (hole_m / 2 * inside)[:, None]
    outer = _with_corners(outer, angles, pitch_m / 2)
    cell = _holed_cell(outer, inner, thickness_m)
    cells = [
        moved(cell, ((column - (columns - 1) / 2) * pitch_m, 0.0, (row - (rows - 1) / 2) * pitch_m))
        for row in range(rows)
        for column in range(columns)
    ]
    return joined(cells)


def moved(mesh: Mesh, by_m: Sequence[float] | np.ndarray, turn: np.ndarray | None = None) -> Mesh:
    """Turn a mesh about the origin by a (3, 3) rotation, then move it."""
    points = mesh.points if turn is None else mesh.points @ turn.T
    return Mesh(points=points + np.asarray(by_m, float), faces=mesh.faces)


def joined(meshes: Sequence[Mesh]) -> Mesh:
    """Join meshes into one."""
    faces: list[tuple[int, ...]] = []
    first = 0
    for mesh in meshes:
        faces += [tuple(k + first for k in face) for face in mesh.faces]
        first += len(mesh.points)
    return Mesh(points=np.concatenate([mesh.points for mesh in meshes]), faces=tuple(faces))


def turned(x_rad: float = 0.0, y_rad: float = 0.0, z_rad: float = 0.0) -> np.ndarray:
    """Return the (3, 3) rotation about x, then y, then z."""
    (cx, sx), (cy, sy), (cz, sz) = ((math.cos(a), math.sin(a)) for a in (x_rad, y_rad, z_rad))
    about_x = np.array([(1, 0, 0), (0, cx, -sx), (0, sx, cx)])
    about_y = np.array([(cy, 0, sy), (0, 1, 0), (-sy, 0, cy)])
    about_z = np.array([(cz, -sz, 0), (sz, cz, 0), (0, 0, 1)])
    return np.asarray(about_z @ about_y @ about_x)


def _bands(rings: int, segments: int) -> tuple[tuple[int, ...], ...]:
    return tuple(
        (r * segments + k, r * segments + (k + 1) % segments, (r + 1) * segments + (k + 1) % segments,
         (r + 1) * segments + k)
        for r in range(rings - 1)
        for k in range(segments)
    )  # fmt: skip


def _perpendicular(direction: np.ndarray) -> np.ndarray:
    other = np.zeros(3)
    other[int(np.argmin(np.abs(direction)))] = 1.0
    return np.cross(direction, other)


def _with_corners(outer: np.ndarray, angles: np.ndarray, half_m: float) -> np.ndarray:
    """Move to each corner of the square cell the point nearest to it, so that cells touch without gaps."""
    result = outer.copy()
    for quarter in range(4):
        corner = math.pi / 4 + quarter * math.pi / 2
        near = int(np.argmin(np.abs((angles - corner + math.pi) % (2 * math.pi) - math.pi)))
        result[near] = half_m * np.sign([math.cos(corner), math.sin(corner)])
    return result


def _holed_cell(outer: np.ndarray, inner: np.ndarray, thickness_m: float) -> Mesh:
    count = len(outer)

    def ring(flat: np.ndarray, y_m: float) -> np.ndarray:
        return np.column_stack([flat[:, 0], np.full(count, y_m), flat[:, 1]])

    half = thickness_m / 2
    points = np.vstack([ring(outer, -half), ring(inner, -half), ring(inner, half), ring(outer, half)])
    back = tuple((3 * count + k, 3 * count + (k + 1) % count, (k + 1) % count, k) for k in range(count))
    return Mesh(points=points, faces=_bands(4, count) + back)
