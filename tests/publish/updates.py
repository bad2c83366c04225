"""Depth updates to publish and save."""

import numpy as np

from focstream.clock import now_ns
from focstream.types import FocusScale, HeightScale, Intrinsics
from tests.slices import make_slice
from tests.updates import make_update

SCALE = FocusScale(far_dpt=0.5, near_dpt=5.0, level="calibrated", calibration_id="bench-7")
MICROSCOPE = HeightScale(far_um=0.0, near_um=40.0, calibration_id="ImageJ's spacing")
TO_INFINITY = FocusScale(far_dpt=0.0, near_dpt=10.0)
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
