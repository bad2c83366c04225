"""Frames a second: measured from stamps, and lowered where the focus is slower."""

import numpy as np
import pytest

from capture.camera import CameraFrame
from capture.genicam.camera import GenicamCamera
from capture.genicam.config import GenicamConfig
from capture.genicam.lens import GenicamLens
from capture.genicam.rate import measure_rate_hz
from focstream.types import DeviceNotFoundError


def frame(frame_id, stamp_ms):
    return CameraFrame(
        image=np.zeros((2, 2), np.uint8),
        frame_id=frame_id,
        exposure_mid_ns=round(stamp_ms * 1e6),
        exposure_s=0.001,
        clock="host",
    )


def test_the_rate_comes_from_the_stamps_and_counts_lost_frames():
    came = iter(
        [frame(1, 0), None, frame(2, 12), frame(4, 29), frame(5, 40), None, frame(6, 52), frame(9, 80)]
    )
    assert measure_rate_hz(lambda _timeout_s: next(came), "free", name="camera") == pytest.approx(100.0)
    assert next(came, "nothing is left") == "nothing is left"


@pytest.mark.parametrize("timing", ["software", "hardware"])
def test_a_camera_that_waits_for_a_trigger_is_not_read_for_its_rate(timing):
    assert measure_rate_hz(pytest.fail, timing, name="camera") == 30.0


def test_a_camera_too_fast_for_its_focus_that_cannot_be_slowed_down_is_refused(focussim, bench):
    bench.set("rename AcquisitionFrameRate=")
    config = GenicamConfig(timing="sequencer", height_px=64)
    with (
        GenicamCamera(cti_files=[focussim], config=config) as camera,
        GenicamLens(camera),
        pytest.raises(DeviceNotFoundError, match=r"too fast for its focus .*cannot be slowed down"),
    ):
        camera.run_sequence((1.0, 2.0), settle_s=10.0)


def test_what_a_camera_lacks_is_logged_once(focussim, bench, caplog):
    bench.set("rename ExposureTime=")
    caplog.set_level("INFO")
    camera = GenicamCamera(cti_files=[focussim], config=GenicamConfig(timing="free"))
    for _ in range(2):
        with camera:
            pass
    assert caplog.text.count("has no exposure time (ExposureTime, ExposureTimeAbs)") == 1
