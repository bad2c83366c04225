"""Depth updates to publish and save."""

import numpy as np

from focstream.clock import now_ns
from focstream.region import Region, RegionFigures
from focstream.types import FocusScale, HeightScale, Intrinsics
from tests.slices import make_slice
from tests.updates import make_update

SCALE = FocusScale(far_dpt=0.5, near_dpt=5.0, level="calibrated", calibration_id="bench-7")
MICROSCOPE = HeightScale(far_um=0.0, near_um=40.0, calibration_id="ImageJ's spacing")
TO_INFINITY = FocusScale(far_dpt=0.0, near_dpt=10.0)
LID = RegionFigures(
    region=Region(name="lid", x_px=1, y_px=2, width_px=8, height_px=6),
    median=0.4315, sigma=0.0021, angle_deg=3.25, flatness=0.0012, sure_share=0.75,
)  # fmt: skip
HOLE = RegionFigures(
    region=Region(name="hole", x_px=10, y_px=2, width_px=3, height_px=3),
    median=np.nan, sigma=np.nan, angle_deg=np.nan, flatness=np.nan, sure_share=0.0,
)  # fmt: skip
LENS = Intrinsics(fx_px=50.0, fy_px=51.0, cx_px=10.5, cy_px=7.5)


def an_update(
    *,
    height=16,
    width=24,
    scale=SCALE,
    intrinsics=LENS,
    colour=True,
    final=True,
    sweep_id=3,
    lost=0,
    stamp_ns=None,
    coordinate=None,
):
    """A ramp from far (left) to near (right) with a hole without depth."""
    if coordinate is None:
        coordinate = np.tile(np.linspace(0.0, 1.0, width, dtype=np.float32), (height, 1))
        coordinate[: height // 4, : width // 4] = np.nan
    shape = (*coordinate.shape, 3) if colour else coordinate.shape
    image = np.arange(np.prod(shape), dtype=np.uint32).astype(np.uint8).reshape(shape)
    tag = make_slice(
        9,
        slots=10,
        sweep_id=sweep_id,
        exposure_mid_ns=now_ns() if stamp_ns is None else stamp_ns,
        slices_lost=lost,
    ).tag
    return make_update(
        coordinate,
        all_in_focus=image,
        tag=tag,
        slices_seen=10,
        final=final,
        scale=scale,
        intrinsics=intrinsics,
        model="focdepthformer",
        engine="torch",
    )
