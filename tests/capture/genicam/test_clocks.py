"""Cameras whose clocks are not what they should be: no slice is given a wrong focus, and the log says it."""

import itertools
import logging

import numpy as np
import pytest

from capture.acquisition import Acquisition
from capture.genicam.camera import GenicamCamera
from capture.genicam.config import GenicamConfig
from capture.genicam.lens import GenicamLens
from capture.sweep.live import LiveSweep
from capture.sweep.plan import SweepConfig
from tests.capture.genicam.focussim import sharpest_dpt

TRIANGLE = SweepConfig(slots=8, far_dpt=1.0, near_dpt=9.0, waveform="triangle", rate_hz=3.0, overscan=0.05)
STAIRCASE = SweepConfig(slots=8, far_dpt=1.0, near_dpt=9.0)
HALF_SLOT_DPT = 8.0 / 7 / 2
JUMP_AFTER = 60
TICKS = {"tick_hz": 125_000_000}
CHUNKS_ONLY = {"no_timestamps": 1}


def swept(producer, bench, sweep, *, count=90, chunks=False, timing="free", lines=(), faults=None, **config):
    """Slices, the error of each, and what was counted."""
    bench.set(*lines, slew_steps_s=1e5, **(faults or {}))
    settings = {"height_px": 32, "frame_rate_hz": 40.0, "exposure_us": 500.0, "timing": timing}
    camera = GenicamCamera(
        cti_files=[producer], config=GenicamConfig.model_validate({**settings, "chunks": chunks, **config})
    )
    # its own word on the focus would hide what the stamps say
    names = camera.config.names.model_copy(update={"focus_chunk": ()})
    camera.config = camera.config.model_copy(update={"names": names})
    source = LiveSweep(camera, GenicamLens(camera), sweep=sweep, level="approximate")
    with Acquisition(source, policy="lossless") as acquisition:
        slices = list(itertools.islice(acquisition, count))
        counts = acquisition.counts
    errors_dpt = np.array([abs(one.tag.focus_dpt - sharpest_dpt(one.image)) for one in slices])
    return slices, errors_dpt, counts


def warned(caplog):
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


def check_right(errors_dpt):
    """No slice is off by half a slot, however busy the computer is."""
    assert np.median(errors_dpt) < 0.15
    assert errors_dpt.max() < HALF_SLOT_DPT


@pytest.mark.parametrize(
    ("sweep", "chunks", "feature"),
    [
        (TRIANGLE, False, "GevTimestampTickFrequency"),
        (TRIANGLE, True, "TimestampTickFrequency"),
        (STAIRCASE, False, "DeviceTimestampFrequency"),
        (STAIRCASE, True, "GevTimestampTickFrequency"),
    ],
    ids=["triangle", "triangle, chunk", "staircase", "staircase, chunk"],
)
def test_ticks_are_counted_at_the_rate_that_the_camera_tells(focussim, bench, caplog, sweep, chunks, feature):
    lines = (f"rename GevTimestampTickFrequency={feature}",)
    faults = TICKS | (CHUNKS_ONLY if chunks else {})
    slices, errors_dpt, _ = swept(focussim, bench, sweep, chunks=chunks, lines=lines, faults=faults, count=32)
    check_right(errors_dpt)
    assert {one.tag.clock for one in slices} == {"device"}
    assert warned(caplog) == []


def test_ticks_in_packed_buffers_too(focussim, bench, caplog):
    slices, errors_dpt, _ = swept(focussim, bench, TRIANGLE, faults=TICKS, count=32, pixel_format="Mono12p")
    check_right(errors_dpt)
    assert {one.tag.clock for one in slices} == {"device"}
    assert warned(caplog) == []


@pytest.mark.parametrize(
    ("sweep", "pixel_format", "chunks"),
    [(TRIANGLE, "Mono8", False), (TRIANGLE, "Mono8", True), (STAIRCASE, "Mono12p", False)],
    ids=["buffer", "chunk", "packed"],
)
def test_ticks_at_a_rate_that_nobody_tells_are_not_used(focussim, bench, caplog, sweep, pixel_format, chunks):
    slices, errors_dpt, _ = swept(
        focussim,
        bench,
        sweep,
        chunks=chunks,
        pixel_format=pixel_format,
        lines=("rename GevTimestampTickFrequency=",),
        faults=TICKS | (CHUNKS_ONLY if chunks else {}),
        count=32,
    )
    check_right(errors_dpt)
    assert {one.tag.clock for one in slices} == {"host"}
    assert len(warned(caplog)) == 1
    assert "stamped when they arrive instead (clock: host)" in warned(caplog)[0]


@pytest.mark.parametrize("sweep", [TRIANGLE, STAIRCASE], ids=["triangle", "staircase"])
@pytest.mark.parametrize(
    ("jump_s", "said"), [(-0.7, "its clock went back by 0."), (0.7, "its clock went ahead by 0.")]
)
def test_a_clock_that_jumps_is_mapped_anew_and_breaks_the_sweep(focussim, bench, caplog, sweep, jump_s, said):
    faults = {"clock_jump_s": jump_s, "clock_jump_after": JUMP_AFTER}
    slices, errors_dpt, counts = swept(focussim, bench, sweep, faults=faults)
    check_right(errors_dpt)
    assert {one.tag.clock for one in slices} == {"device"}
    assert len(warned(caplog)) == 1
    assert said in warned(caplog)[0]
    assert "left out" in warned(caplog)[0]
    assert counts.gaps > 0
    before = [one.tag for one in slices if one.tag.frame_id <= JUMP_AFTER]
    after = [one.tag for one in slices if one.tag.frame_id > JUMP_AFTER]
    assert after[0].sweep_id > before[-1].sweep_id  # no map is made of both
    assert after[0].frame_id - before[-1].frame_id > 5


BAD_CLOCKS = [
    pytest.param(TRIANGLE, {"clock_stops_after": 1}, "its clock stands still", id="never goes"),
    pytest.param(TRIANGLE, {"clock_stops_after": 60}, "its clock stands still", id="stops"),
    pytest.param(STAIRCASE, {"clock_stops_after": 60}, "its clock stands still", id="stops, staircase"),
    pytest.param(TRIANGLE, {"clock_rate": 8}, "of the right rate", id="eight times too fast"),
    pytest.param(TRIANGLE, {"clock_rate": 0.001}, "of the right rate", id="far too slow"),
    pytest.param(TRIANGLE, {"zero_timestamps": 1}, "sends no stamps", id="zero"),
    pytest.param(STAIRCASE, {"zero_timestamps": 1}, "sends no stamps", id="zero, staircase"),
    pytest.param(TRIANGLE, {"no_timestamps": 1}, "sends no stamps", id="none"),
]


@pytest.mark.parametrize(("sweep", "faults", "said"), BAD_CLOCKS)
def test_without_a_usable_clock_the_arrival_serves_and_the_slices_say_so(
    focussim, bench, caplog, sweep, faults, said
):
    slices, errors_dpt, _ = swept(focussim, bench, sweep, faults=faults)
    check_right(errors_dpt)
    assert slices[-1].tag.clock == "host"
    assert said in warned(caplog)[-1]
    assert "(clock: host)" in warned(caplog)[-1]


FAST = TRIANGLE.model_copy(update={"rate_hz": 24.0})
IDS = [
    pytest.param({}, id="counted"),
    pytest.param({"drop_percent": 10}, id="counted, some lost"),
    pytest.param({"id_first": 65500, "id_last": 65535}, id="ids go round"),
    pytest.param({"id_last": 1}, id="constant ids"),
    pytest.param({"id_repeats_every": 13}, id="repeated ids"),
]


@pytest.mark.parametrize("ids", IDS)
def test_a_fast_focus_is_known_without_a_clock_or_the_slice_is_left_out(focussim, bench, ids):
    faults = {"no_timestamps": 1, **ids}
    slices, errors_dpt, _ = swept(focussim, bench, FAST, faults=faults, frame_rate_hz=200.0)
    check_right(errors_dpt)
    assert {one.tag.clock for one in slices} == {"host"}


@pytest.mark.parametrize("timing", ["software", "sequencer"])
@pytest.mark.parametrize(
    "faults",
    [
        {"clock_jump_s": -0.7, "clock_jump_after": 20},
        {"clock_jump_s": 0.7, "clock_jump_after": 20},
        {"clock_stops_after": 20},
        {"clock_rate": 0.125},
        {"zero_timestamps": 1},
    ],
    ids=["back", "ahead", "stops", "slow", "zero"],
)
def test_no_slice_is_lost_where_the_focus_does_not_depend_on_the_stamp(focussim, bench, timing, faults):
    chunks = timing == "sequencer"
    slices, errors_dpt, counts = swept(
        focussim, bench, STAIRCASE, timing=timing, chunks=chunks, faults=faults, count=40
    )
    assert errors_dpt.max() < 0.15
    assert [one.tag.slot for one in slices] == [*range(8)] * 5
    assert counts.lost == 0
