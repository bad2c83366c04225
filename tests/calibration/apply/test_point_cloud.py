import numpy as np

from calibration.apply.point_cloud import ply_bytes
from focstream.types import Intrinsics

LENS = Intrinsics(fx_px=100.0, fy_px=50.0, cx_px=1.0, cy_px=0.0)
DTYPE = np.dtype([("xyz", "<f4", 3), ("rgb", "u1", 3)])


def parse(data):
    """Vertices of a PLY, read by what its header says."""
    head, _, body = data.partition(b"end_header\n")
    lines = head.decode("ascii").splitlines()
    assert lines[:2] == ["ply", "format binary_little_endian 1.0"]
    assert [line for line in lines if line.startswith("property")] == [
        *(f"property float {axis}" for axis in "xyz"),
        *(f"property uchar {colour}" for colour in ("red", "green", "blue")),
    ]
    count = next(int(line.split()[-1]) for line in lines if line.startswith("element vertex"))
    points = np.frombuffer(body, DTYPE)
    assert len(points) == count
    return points


def test_points_and_colours():
    depth = np.array([[1.0, np.nan, 2.0], [np.inf, 4.0, np.nan]], dtype=np.float32)
    image = np.zeros((2, 3, 3), dtype=np.uint8)
    image[0, 2] = (10, 20, 30)  # blue, green, red
    points = parse(ply_bytes(depth, image=image, intrinsics=LENS))
    assert np.allclose(points["xyz"], [[-0.01, 0, 1], [0.02, 0, 2], [0, 0.08, 4]])
    assert points["rgb"].tolist() == [[0, 0, 0], [30, 20, 10], [0, 0, 0]]


def test_grey_images():
    image = np.array([[7, 8, 9]], dtype=np.uint8)
    points = parse(ply_bytes(np.ones((1, 3), np.float32), image=image, intrinsics=LENS))
    assert points["rgb"].tolist() == [[7] * 3, [8] * 3, [9] * 3]


def test_no_depth_at_all():
    depth = np.full((2, 3), np.nan, np.float32)
    assert len(parse(ply_bytes(depth, image=np.zeros((2, 3), np.uint8), intrinsics=LENS))) == 0


def test_distortion_is_undone():
    k1 = 0.1
    lens = Intrinsics(
        fx_px=100.0,
        fy_px=100.0,
        cx_px=0.0,
        cy_px=0.0,
        distortion_model="plumb_bob",
        distortion=(k1, 0.0, 0.0, 0.0, 0.0),
    )
    depth = np.full((1, 40), np.nan, np.float32)
    depth[0, 30] = 2.0
    (point,) = parse(ply_bytes(depth, image=np.zeros((1, 40), np.uint8), intrinsics=lens))
    ray = point["xyz"][0] / point["xyz"][2]
    assert np.isclose(100.0 * ray * (1 + k1 * ray**2), 30.0, atol=1e-3)
