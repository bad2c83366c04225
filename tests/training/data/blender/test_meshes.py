import itertools
import math

import numpy as np
import pytest

from training.data.blender.meshes import (
    ball,
    box,
    joined,
    lathe,
    moved,
    pierced_plate,
    polygon,
    prism,
    sheet,
    tube,
    turned,
)
from training.data.blender.plan import Mesh


def volume(mesh: Mesh) -> float:
    """Of a closed mesh, by the divergence theorem; negative where its faces look inwards."""
    total = 0.0
    for face in mesh.faces:
        first, *others = mesh.points[list(face)]
        total += sum(first @ np.cross(a, b) for a, b in itertools.pairwise(others)) / 6.0
    return total


@pytest.mark.parametrize("by_m", [(0.0, 0.0, 0.0), (3.0, -2.0, 7.0)])
def test_boxes_and_prisms_are_closed_and_face_outwards(by_m: tuple[float, float, float]) -> None:
    turn = turned(0.3, -0.8, 2.0)
    assert volume(moved(box(0.2, 0.3, 0.5), by_m, turn)) == pytest.approx(0.03)
    hexagon = polygon(6, 0.1)
    assert volume(moved(prism(hexagon, 2.0), by_m)) == pytest.approx(2.0 * 1.5 * math.sqrt(3) * 0.01)


def test_a_turned_cylinder_and_a_ball_have_their_volume() -> None:
    cylinder = lathe([(0.1, 0.0), (0.1, 0.5)], segments=256)
    assert volume(cylinder) == pytest.approx(math.pi * 0.01 * 0.5, rel=1e-3)
    assert volume(ball(0.2, rings=128, segments=256)) == pytest.approx(4 / 3 * math.pi * 0.008, rel=1e-3)


def test_a_tube_keeps_its_thickness_around_a_bend() -> None:
    angle = np.linspace(0, math.pi, 200)
    path = np.column_stack([np.cos(angle), np.sin(angle), 0 * angle])
    rounded = tube(path, 0.05, segments=64)
    assert abs(volume(rounded)) == pytest.approx(math.pi * 0.05**2 * math.pi, rel=5e-3)
    distance = np.linalg.norm(rounded.points.reshape(200, 64, 3) - path[:, None], axis=2)
    np.testing.assert_allclose(distance, 0.05)


@pytest.mark.parametrize(("corners", "turn_rad"), [(4, 0.0), (4, math.pi / 4), (6, 0.0), (8, 0.3)])
def test_a_plate_lacks_its_holes(corners: int, turn_rad: float) -> None:
    plate = pierced_plate(
        3, 2, pitch_m=0.1, hole_m=0.06, thickness_m=0.01, corners=corners, turn_rad=turn_rad
    )
    hole_m2 = corners / 2 * math.sin(2 * math.pi / corners) * 0.03**2
    assert abs(volume(plate)) == pytest.approx(6 * (0.01 - hole_m2) * 0.01, rel=1e-6)
    low, high = plate.points.min(axis=0), plate.points.max(axis=0)
    np.testing.assert_allclose(high - low, (0.3, 0.01, 0.2), atol=1e-9)


def test_a_sheet_follows_its_height() -> None:
    hill = sheet(2.0, 4.0, lambda x, y: 3 * x - y, steps=5)
    assert len(hill.faces) == 25
    np.testing.assert_allclose(hill.points[:, 2], 3 * hill.points[:, 0] - hill.points[:, 1])
    np.testing.assert_allclose(hill.points.max(axis=0)[:2], (1.0, 2.0))


def test_joined_meshes_keep_their_faces() -> None:
    both = joined([box(1, 1, 1), moved(box(2, 1, 1), (5, 0, 0))])
    assert volume(both) == pytest.approx(3.0)
