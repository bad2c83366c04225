"""A rolling shutter while the focus moves: the tag holds the rows' focus, and the map is corrected for it."""

import itertools

import numpy as np
import pytest

from calibration.apply.corrected_estimator import CorrectedEstimator
from calibration.apply.rectifier import Rectifier
from capture.acquisition import Acquisition
from capture.simulator.config import SimulatorConfig
from capture.simulator.rig import open_simulator
from capture.sweep.live import LiveSweep
from capture.sweep.plan import SweepConfig
from focstream.types import InputError
from inference.policies import RefineEstimator
from inference.sharpness.model import SharpnessModel

SMALL = SimulatorConfig(
    width_px=160, height_px=120, scene="relief", noise=False, frame_rate_hz=60, exposure_s=0.002
)
TRIANGLE = SweepConfig(slots=12, waveform="triangle", far_dpt=0.5, near_dpt=4.5)


def source_with(config, sweep=TRIANGLE):
    camera, lens, truth_dpt = open_simulator(config)
    return LiveSweep(camera, lens, sweep=sweep, level="calibrated", truth_vergence_dpt=truth_dpt)


def whole_sweeps(source, *, directions=2):
    """Slices of whole sweeps, some of each direction; a busy computer may lose slices of others."""
    sweeps, whole = {}, {1: [], -1: []}
    with Acquisition(source, policy="lossless", capacity=64) as acquisition:
        for one in acquisition:
            slices = sweeps.setdefault(one.tag.sweep_id, [])
            slices.append(one)
            if one.tag.last_in_sweep and len(slices) == TRIANGLE.slots:
                whole[one.tag.direction].append(slices)
            if min(map(len, whole.values())) == directions:
                truth = one.scale.to_coordinate(source.truth_vergence_dpt)
                return [*whole[1], *whole[-1]], truth
    raise AssertionError


def final(estimator, slices):
    updates = [estimator.push(one) for one in slices]
    return updates[-1]


def tilt(update, truth):
    """Slope of the error from the first row to the last."""
    rows = np.nanmedian(update.coordinate - truth, axis=1)
    known = np.isfinite(rows)
    return np.polyfit(np.linspace(-0.5, 0.5, len(rows))[known], rows[known], 1)[0]


def test_the_map_of_each_direction_is_corrected():
    source = source_with(SMALL.model_copy(update={"rolling_shutter_s": 0.015}))
    sweeps, truth = whole_sweeps(source)
    slopes = {direction: [] for direction in (1, -1)}
    for slices in sweeps:
        raw = final(RefineEstimator(SharpnessModel()), slices)
        right = final(CorrectedEstimator(RefineEstimator(SharpnessModel()), Rectifier(None)), slices)
        span = raw.tag.row_span
        assert span == pytest.approx(raw.tag.direction * 0.015 * 60 / 11)  # 60 slots of 1/11 a second
        slopes[raw.tag.direction].append((tilt(raw, truth), tilt(right, truth)))
    raw, right = np.mean(slopes[1], axis=0) - np.mean(slopes[-1], axis=0)
    assert raw == pytest.approx(-2 * 0.015 * 60 / 11, abs=0.03)  # seen by a shutter that rolls
    assert abs(right) < 0.03


def test_a_staircase_needs_no_correction():
    source = source_with(SMALL.model_copy(update={"rolling_shutter_s": 0.01}), SweepConfig(slots=4))
    with Acquisition(source, policy="lossless") as acquisition:
        tags = [one.tag for one in itertools.islice(acquisition, 6)]
    assert {tag.row_span for tag in tags} == {0.0}
    assert {tag.focus_speed_dpt_s for tag in tags} == {0.0}


def test_the_speed_is_told_with_its_sign():
    with Acquisition(source_with(SMALL), policy="lossless") as acquisition:
        tags = [one.tag for one in itertools.islice(acquisition, 40)]
    assert {tag.row_span for tag in tags} == {0.0}
    for tag in tags:
        assert tag.focus_speed_dpt_s == pytest.approx(tag.direction * 4.0 / 11 * 60)


def test_a_shutter_slower_than_the_camera_is_refused():
    with pytest.raises(InputError, match="does not fit into a period"):
        open_simulator(SMALL.model_copy(update={"rolling_shutter_s": 0.02}))
