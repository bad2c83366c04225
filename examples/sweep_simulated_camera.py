"""Depth from the simulated camera, in this process: no device, no socket.

python sweep_simulated_camera.py
"""

import focstream

sim = {"width_px": 320, "height_px": 240, "frame_rate_hz": 10.0}
with focstream.open_depth(camera="sim", sim=sim, sweeps=2) as maps:
    for update in maps:
        depth, sigma = update.depth(), update.sigma()
        print(
            f"sweep {update.tag.sweep_id}, {update.slices_seen} slices: in the middle "
            f"{depth[120, 160]:.3f} ± {sigma[120, 160]:.3f} {update.unit}{', final' if update.final else ''}"
        )
