"""Recordings for tests."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from capture.recording.file_writer import FileWriter
from capture.recording.origin import Attachment, Origin
from focstream.focal_slice import Image
from focstream.types import FocalSlice, FocusScale, Intrinsics
from tests.slices import make_slice

ORIGIN = Origin(
    device="test",
    attachments=(Attachment(name="profile.toml", media_type="application/toml", data=b"version = 1\n"),),
)
SCALE = FocusScale(far_dpt=0.5, near_dpt=4.5, level="calibrated", calibration_id="c1")
LENS = Intrinsics(
    fx_px=50.0,
    fy_px=51.0,
    cx_px=8.5,
    cy_px=6.5,
    distortion_model="plumb_bob",
    distortion=(0.1, 0, 0, 0, 0.01),
)


def noise(number: int, shape: tuple[int, ...] = (12, 16), dtype: type = np.uint8) -> Image:
    image: Image = np.random.default_rng(number).integers(0, np.iinfo(dtype).max, shape, dtype)
    return image


def slice_number(number: int, *, image: Image | None = None, slots: int = 4) -> FocalSlice:
    sweep_id, slot = divmod(number, slots)
    coordinate = slot / (slots - 1)
    return make_slice(
        slot,
        sweep_id=sweep_id,
        slots=slots,
        frame_id=number,
        image=noise(number) if image is None else image,
        scale=SCALE,
        intrinsics=LENS,
        focus_dpt=SCALE.to_dpt(coordinate),
        exposure_mid_ns=1_700_000_000_123_456_789 + 10_000_000 * number,
        clock="device",
        direction=-1 if sweep_id % 2 else 1,
        temperature_c=31.25,
        reconnects=number // 6,
    )


def write(path: Path, slices: Iterable[FocalSlice]) -> Path:
    with FileWriter(path, origin=ORIGIN) as writer:
        for focal_slice in slices:
            writer.write_slice(focal_slice)
    return path


def assert_same(one: FocalSlice, other: FocalSlice) -> None:
    assert (one.tag, one.scale, one.intrinsics) == (other.tag, other.scale, other.intrinsics)
    assert one.image.dtype == other.image.dtype
    np.testing.assert_array_equal(one.image, other.image)
