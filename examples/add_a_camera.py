"""A camera of your own: a class that delivers frames. This one paints a wall that comes nearer to the right.

python add_a_camera.py
"""

from collections.abc import Callable
from typing import Self

import numpy as np

import focstream

HEIGHT_PX, WIDTH_PX = 96, 128
WALL_DPT = np.linspace(1.0, 4.0, WIDTH_PX)  # 1 m at the left, 0.25 m at the right


class PaintedCamera:
    """A `focstream.Camera` that software triggers. What is out of focus has less contrast."""

    info = focstream.CameraInfo(
        name="painted",
        width_px=WIDTH_PX,
        height_px=HEIGHT_PX,
        colour=False,
        frame_rate_hz=100.0,
        timing="software",
    )

    def __init__(self, focus_dpt_at: Callable[[int], float]) -> None:
        self._focus_dpt_at = focus_dpt_at
        self._pattern = np.random.default_rng(1).uniform(-100, 100, (HEIGHT_PX, WIDTH_PX))
        self._exposed: focstream.CameraFrame | None = None
        self._count = 0

    def trigger(self) -> None:
        now_ns = focstream.now_ns()
        contrast = 1 / (1 + 4 * (WALL_DPT - self._focus_dpt_at(now_ns)) ** 2)
        image = (128 + contrast * self._pattern).astype(np.uint8)
        self._exposed = focstream.CameraFrame(
            image=image, frame_id=self._count, exposure_mid_ns=now_ns, exposure_s=0.0, clock="host"
        )
        self._count += 1

    def read(self, timeout_s: float) -> focstream.CameraFrame | None:  # noqa: ARG002 - never has to wait
        frame, self._exposed = self._exposed, None
        return frame

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


lens = focstream.open_simulator(focstream.SimulatorConfig())[1]  # a lens that moves as a real one does
camera: focstream.Camera = PaintedCamera(lens.position_dpt)
sweep = focstream.SweepConfig(far_dpt=0.5, near_dpt=4.5)
source = focstream.LiveSweep(camera, lens, sweep=sweep, level="approximate")
with focstream.open_depth(source=source, model="sharpness", sweeps=1) as maps:
    for update in maps:
        if update.final:
            left, middle, right = np.nanmedian(update.depth()[:, [16, 64, 112]], axis=0)
            print(f"left {left:.2f}, middle {middle:.2f}, right {right:.2f} {update.unit}")
