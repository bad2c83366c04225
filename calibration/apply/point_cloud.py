"""Coloured point clouds, back-projected through the intrinsics; as binary PLY, too."""

import cv2
import numpy as np
from numpy.typing import NDArray

from focstream.depth_update import FloatMap
from focstream.types import Intrinsics

POINT = np.dtype([("x", "<f4"), ("y", "<f4"), ("z", "<f4"), ("red", "u1"), ("green", "u1"), ("blue", "u1")])
"""Metres in the optical frame, and colour."""
_HEADER = """ply
format binary_little_endian 1.0
comment focstream, metres, optical frame: x right, y down, z forward
element vertex {count}
property float x
property float y
property float z
property uchar red
property uchar green
property uchar blue
end_header
"""


def ply_bytes(depth_m: FloatMap, *, image: NDArray[np.uint8], intrinsics: Intrinsics) -> bytes:
    """Return the file of a point cloud; the parameters are those of `points_of`."""
    points = points_of(depth_m, image=image, intrinsics=intrinsics)
    return _HEADER.format(count=len(points)).encode("ascii") + points.tobytes()


def points_of(depth_m: FloatMap, *, image: NDArray[np.uint8], intrinsics: Intrinsics) -> NDArray[np.void]:
    """(N,) `POINT`: back-project a depth map; pixels without a finite depth are left out.

    Parameters
    ----------
    depth_m
        (H, W) float32 metres along the optical axis.
    image
        (H, W) or (H, W, 3) uint8 blue-green-red, for the colours.
    intrinsics
        Of both; the distortion is undone.
    """
    rows, columns = np.nonzero(np.isfinite(depth_m))
    z_m = depth_m[rows, columns]
    x_per_z, y_per_z = directions(columns, rows, intrinsics)
    colour = image[rows, columns]
    blue_green_red = (colour,) * 3 if image.ndim == 2 else tuple(colour.T)
    points = np.empty(len(z_m), dtype=POINT)
    points["x"], points["y"], points["z"] = x_per_z * z_m, y_per_z * z_m, z_m
    points["blue"], points["green"], points["red"] = blue_green_red
    return points


def directions(
    columns: NDArray[np.intp], rows: NDArray[np.intp], lens: Intrinsics
) -> tuple[FloatMap, FloatMap]:
    """(N,) float32 x/z and y/z of the rays through the centres of pixels; the distortion is undone."""
    if not lens.distortion or len(rows) == 0:
        x, y = (columns - lens.cx_px) / lens.fx_px, (rows - lens.cy_px) / lens.fy_px
        return x.astype(np.float32), y.astype(np.float32)
    pixels = np.stack([columns, rows], axis=-1).astype(np.float64)[:, np.newaxis]
    rays = cv2.undistortPoints(pixels, np.reshape(lens.k, (3, 3)), np.array(lens.distortion))
    return rays[:, 0, 0].astype(np.float32), rays[:, 0, 1].astype(np.float32)
