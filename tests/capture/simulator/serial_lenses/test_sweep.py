"""Whole sweeps through the real drivers: does every tag tell where the emulated lens really was?"""

from itertools import islice

import numpy as np
import pytest

from capture.acquisition import Acquisition
from capture.lenses.kinds import LENS_KINDS
from capture.live_sweep import LiveSweep
from capture.open_source import CaptureConfig, open_source
from capture.simulator.config import SimulatorConfig
from capture.simulator.lens import SimulatedLens
from capture.simulator.rig import open_simulator
from capture.simulator.serial_lenses.emulated_lens import emulate
from capture.sweep_plan import SweepConfig
from focstream import DeviceLostError, FocalSlice

SIM = SimulatorConfig(width_px=64, height_px=48, frame_rate_hz=50.0, lens_hysteresis_dpt=0.04)


def swept(kind: str, config: dict[str, object], *, count: int) -> tuple[list[FocalSlice], SimulatedLens]:
    camera, lens, _ = open_simulator(SIM)
    sweep = SweepConfig.model_validate({"far_dpt": 0.5, "near_dpt": 4.5, **config})
    driver = emulate(kind, LENS_KINDS[kind], lens)
    with Acquisition(LiveSweep(camera, driver, sweep=sweep, level="calibrated")) as acquisition:
        return list(islice(acquisition, count)), lens


@pytest.mark.parametrize("kind", sorted(LENS_KINDS))
def test_the_steps_of_a_staircase_are_where_their_tags_say(kind: str) -> None:
    slices, lens = swept(kind, {"slots": 5}, count=10)
    assert [s.tag.slot for s in slices] == [0, 1, 2, 3, 4] * 2
    errors_dpt = [s.tag.focus_dpt - lens.position_dpt(s.tag.exposure_mid_ns) for s in slices]
    # The median, because a busy machine may hold up single commands; 0.02 dpt is what settled means.
    assert np.median(np.abs(errors_dpt)) < 0.021


def test_a_moving_focus_is_where_its_tags_say() -> None:
    slices, lens = swept(
        "optotune-ld", {"slots": 12, "waveform": "triangle", "rate_hz": 20.0, "overscan": 0.1}, count=70
    )
    errors_dpt = [s.tag.focus_dpt - lens.position_dpt(s.tag.exposure_mid_ns) for s in slices]
    assert np.median(np.abs(errors_dpt)) < 0.03  # at 7 dpt/s, so 4 ms are allowed for a busy machine
    assert {s.tag.direction for s in slices} == {-1, 1}
    assert all(s.tag.temperature_c == pytest.approx(25, abs=1) for s in slices)


@pytest.mark.parametrize("fault", ["corrupt", "silent", "unplug"])
def test_a_lens_lost_in_mid_sweep_ends_it_with_code_4_after_all_its_slices(fault: str) -> None:
    sim = SIM.model_copy(update={"lens_fault": fault, "lens_fault_after_s": 0.3})
    options = CaptureConfig(camera="sim", lens="optotune-ld:sim", sim=sim)
    slices = []
    with Acquisition(open_source(options)) as acquisition, pytest.raises(DeviceLostError) as caught:
        slices.extend(acquisition)
    assert caught.value.exit_code == 4
    assert slices
