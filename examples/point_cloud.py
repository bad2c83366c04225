"""A depth map as a point cloud: as numbers, and as a file that MeshLab, CloudCompare or Blender open.

python point_cloud.py OUT.ply
"""

import sys
from pathlib import Path

import numpy as np

import focstream

if len(sys.argv) != 2:
    sys.exit("give the file to write: python point_cloud.py OUT.ply")
path = Path(sys.argv[1])

sim = {"width_px": 320, "height_px": 240, "frame_rate_hz": 10.0}
with focstream.open_depth(camera="sim", sim=sim, sweeps=1) as maps:
    *_, update = maps  # the last map of the sweep has seen all of it

lens = update.intrinsics
if lens is None:
    sys.exit("a point cloud takes intrinsics: give open_depth a file of them, intrinsics=…")

depth_m = update.metres()  # along the optical axis; NaN = no depth
rows, columns = np.nonzero(np.isfinite(depth_m) & (update.sigma() < 0.1 * depth_m))
z_m = depth_m[rows, columns]
points_m = np.stack(
    [(columns - lens.cx_px) / lens.fx_px * z_m, (rows - lens.cy_px) / lens.fy_px * z_m, z_m], axis=-1
)
size_m = points_m.max(axis=0) - points_m.min(axis=0)
print(f"{len(points_m)} points surer than 10 %, {size_m[0]:.2f} × {size_m[1]:.2f} × {size_m[2]:.2f} m")

path.write_bytes(focstream.ply_bytes(depth_m, image=update.all_in_focus, intrinsics=lens))
print(f"{path}: all {np.isfinite(depth_m).sum()} points, in colour")
