"""Metadata of phones with anything in them: read, or refused with an error of ours."""

import contextlib
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capture.commands.phone_stack import phone_stack
from capture.commands.stacks import slices_of
from focstream.types import FocstreamError

quick = settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
NAMES = [
    *("LensPosition", "android.lens.focusDistance", "SensorTimestamp", "ExposureTime"),
    *("android.lens.info.focusDistanceCalibration", "android.lens.intrinsicCalibration"),
    *("android.sensor.info.activeArraySize", "android.scaler.cropRegion", "android.control.zoomRatio"),
]
VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.sampled_from(["", "APPROXIMATE", "Rect(0, 0 - 8, 6)"]),
    ),
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(st.sampled_from(["left", "x", "width"]), inner)
    ),
    max_leaves=6,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(2):
        cv2.imwrite(str(tmp_path / f"{number}.png"), np.full((6, 8), 40 * number, np.uint8))
    return tmp_path


@quick
@given(
    told=st.dictionaries(st.sampled_from(NAMES), VALUES),
    other=st.dictionaries(st.sampled_from(NAMES), VALUES),
)
def test_metadata_of_anything(folder: Path, told: object, other: object) -> None:
    for number, values in enumerate((told, other)):
        (folder / f"{number}.json").write_text(json.dumps(values))
    with contextlib.suppress(FocstreamError):
        stack = phone_stack(folder)
        list(slices_of(iter([stack.slices]), source=folder, name="phone", level=stack.level))


@quick
@given(data=st.binary(max_size=60))
def test_files_of_anything(folder: Path, data: bytes) -> None:
    for name in ("characteristics.json", "metadata.json"):
        (folder / name).write_bytes(data)
    with contextlib.suppress(FocstreamError):
        phone_stack(folder)
