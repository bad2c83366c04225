"""The simulated camera and lens, swept for real: does every tag say where the lens really was?"""

from itertools import islice, pairwise

import numpy as np
import pytest

from capture.acquisition import Acquisition
from capture.simulator.camera.camera import SimulatedCamera
from capture.simulator.config import SimulatorConfig
from capture.simulator.lens.lens import SimulatedLens
from capture.simulator.rig import open_simulator
from capture.sweep.live import LiveSweep
from capture.sweep.plan import SweepConfig
from focstream.types import FocalSlice, InputError

SIM = SimulatorConfig(width_px=64, height_px=48, frame_rate_hz=100.0, lens_hysteresis_dpt=0.05)


def sweep(
    config: SweepConfig, *, count: int, sim: SimulatorConfig = SIM
) -> tuple[list[FocalSlice], list[float]]:
    """Return `count` settled slices and the true focus of each."""
    camera, lens, truth_dpt = open_simulator(sim)
    source = LiveSweep(camera, lens, sweep=config, level="calibrated", truth_vergence_dpt=truth_dpt)
    with Acquisition(source) as acquisition:
        slices = list(islice(acquisition, count))
    return slices, [lens.position_dpt(s.tag.exposure_mid_ns) for s in slices]


def limits(config: dict[str, object]) -> SweepConfig:
    return SweepConfig.model_validate({"far_dpt": 0.5, "near_dpt": 4.5, **config})


def test_a_staircase_visits_every_slot_settled() -> None:
    slices, focus_dpt = sweep(limits({"slots": 5}), count=10)
    assert [s.tag.slot for s in slices] == [0, 1, 2, 3, 4] * 2
    assert [s.tag.sweep_id for s in slices] == [0] * 5 + [1] * 5
    assert [s.tag.last_in_sweep for s in slices] == [False, False, False, False, True] * 2
    tagged_dpt = [s.tag.focus_dpt for s in slices]
    # settled means within 0.02 dpt; without the hysteresis in the estimate it would be 0.025 off
    np.testing.assert_allclose(tagged_dpt, focus_dpt, atol=0.021)
    assert np.abs(np.subtract(tagged_dpt, focus_dpt)).mean() < 0.01


@pytest.mark.parametrize("waveform", ["triangle", "sawtooth"])
def test_a_moving_sweep_knows_where_every_exposure_fell(waveform: str) -> None:
    config = limits({"slots": 12, "waveform": waveform, "overscan": 0.15})
    slices, focus_dpt = sweep(config, count=48)
    errors_dpt = np.abs(np.subtract([s.tag.focus_dpt for s in slices], focus_dpt))
    # The sweep runs at 36 dpt/s: a millisecond unaccounted for would be 0.036 dpt. The median, because a busy
    # machine may hold up single commands.
    assert np.median(errors_dpt) < 0.02
    going = {s.tag.sweep_id: s.tag.direction for s in slices}
    assert going[1] == (-1 if waveform == "triangle" else 1)


def test_sweeps_follow_each_other_and_each_ends_once() -> None:
    slices, _ = sweep(limits({"slots": 12, "waveform": "triangle", "overscan": 0.15}), count=60)
    for before, after in pairwise(slices):
        assert after.tag.sweep_id - before.tag.sweep_id in (0, 1)
        if after.tag.sweep_id == before.tag.sweep_id:
            assert (after.tag.sweep_coordinate - before.tag.sweep_coordinate) * after.tag.direction > 0
            assert not before.tag.last_in_sweep
    assert sum(s.tag.last_in_sweep for s in slices) in (4, 5)


def test_lost_frames_are_gaps_not_silence() -> None:
    config = limits({"slots": 12, "waveform": "sawtooth", "overscan": 0.15})
    slices, _ = sweep(config, count=30, sim=SIM.model_copy(update={"drop_every_n": 5}))
    assert slices[-1].tag.slices_lost > 0


def test_a_failed_open_leaves_nothing_open() -> None:
    camera, lens, truth_dpt = open_simulator(SIM)
    source = LiveSweep(
        camera, lens, sweep=limits({"near_dpt": 50.0}), level="calibrated", truth_vergence_dpt=truth_dpt
    )
    with pytest.raises(InputError, match="lens sim focuses"), source:
        pass
    assert isinstance(camera, SimulatedCamera)
    assert isinstance(lens, SimulatedLens)
    with pytest.raises(RuntimeError, match="before entering"):
        source.read(0.1)


def test_a_lens_that_is_not_to_be_trusted_makes_no_metres() -> None:
    camera, lens, _ = open_simulator(SIM)
    with LiveSweep(camera, lens, sweep=limits({"slots": 4}), level="uncalibrated") as source:
        focal_slice = source.read(timeout_s=5)
    assert focal_slice is not None
    assert focal_slice.scale is None
    assert 0 <= focal_slice.tag.sweep_coordinate <= 1
