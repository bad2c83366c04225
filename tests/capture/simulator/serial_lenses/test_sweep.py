"""Whole sweeps through the real drivers: does every tag say where the emulated lens really was?"""

from itertools import islice, pairwise

import numpy as np
import pytest

from calibration.apply.profile import Device
from capture.acquisition import Acquisition
from capture.config import CaptureConfig
from capture.lenses.kinds import LENS_KINDS
from capture.open_source import open_source
from capture.simulator.config import SimulatorConfig
from capture.simulator.lens.lens import SimulatedLens
from capture.simulator.rig import open_simulator
from capture.simulator.serial_lenses.emulated_lens import emulate
from capture.sweep.live import LiveSweep
from capture.sweep.plan import SweepConfig
from focstream.types import DeviceLostError, FocalSlice, InputError
from tests.calibration.profiles import focus_part, profile

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


def timed(config: dict[str, object]) -> tuple[LiveSweep, SimulatedLens]:
    """A camera triggered by the generator of the lens."""
    camera, lens, _ = open_simulator(SIM.model_copy(update={"timing": "hardware", **config}))
    kind = "optotune-icc-pro"
    driver = emulate(kind, LENS_KINDS[kind], lens, on_pulse=camera.trigger_line.pulse)
    sweep = SweepConfig(slots=6, far_dpt=0.5, near_dpt=4.5)
    return LiveSweep(camera, driver, sweep=sweep, level="calibrated"), lens


@pytest.mark.parametrize("drop_every_n", [0, 7])
def test_a_staircase_timed_by_the_lens(drop_every_n: int) -> None:
    source, lens = timed({"drop_every_n": drop_every_n})
    with Acquisition(source) as acquisition:
        slices = list(islice(acquisition, 36))
        counts = acquisition.counts
    errors_dpt = [abs(s.tag.focus_dpt - lens.position_dpt(s.tag.exposure_mid_ns)) for s in slices]
    assert np.median(errors_dpt) < 0.021
    assert np.mean([error < 0.4 for error in errors_dpt]) > 0.9  # half a slot; a busy machine may step late
    tags = [s.tag for s in slices]
    places = [tag.sweep_id * 6 + tag.slot for tag in tags]
    for (frame, place), (next_frame, next_place) in pairwise(
        zip([tag.frame_id for tag in tags], places, strict=True)
    ):
        # A lost frame shifts nothing; a pulse put out late by a busy machine may be too near to the next.
        assert 1 <= next_frame - frame <= next_place - place
    assert (counts.gaps > 0) == (drop_every_n > 0)
    assert [tag.last_in_sweep for tag in tags] == [tag.slot == 5 for tag in tags]


def test_a_cut_trigger_cable_is_a_lost_device() -> None:
    camera, lens, _ = open_simulator(SIM.model_copy(update={"timing": "hardware"}))
    kind = "optotune-icc-pro"
    driver = emulate(kind, LENS_KINDS[kind], lens)  # its pulses go nowhere
    source = LiveSweep(camera, driver, sweep=SweepConfig(slots=6), level="calibrated")
    with Acquisition(source) as acquisition, pytest.raises(DeviceLostError, match="trigger cable"):
        list(acquisition)


def test_nothing_that_triggers_is_an_error() -> None:
    options = CaptureConfig(camera="sim", sim=SIM.model_copy(update={"timing": "hardware"}))
    with pytest.raises(InputError, match="nothing triggers the camera; add --lens optotune-icc-pro:sim"):
        open_source(options)


def test_a_lens_times_no_triangle() -> None:
    options = CaptureConfig(
        camera="sim",
        lens="optotune-icc-pro:sim",
        sim=SIM.model_copy(update={"timing": "hardware"}),
        sweep=SweepConfig(waveform="triangle"),
    )
    with pytest.raises(InputError, match="its generator does a staircase"):
        open_source(options).__enter__()


def test_a_staircase_of_the_lens_takes_no_profile() -> None:
    camera, lens, _ = open_simulator(SIM.model_copy(update={"timing": "hardware"}))
    kind = "optotune-icc-pro"
    driver = emulate(kind, LENS_KINDS[kind], lens, on_pulse=camera.trigger_line.pulse)
    device = Device(camera="sim", lens="optotune-icc-pro:sim", width_px=64, height_px=48)
    source = LiveSweep(
        camera,
        driver,
        sweep=SweepConfig(slots=6),
        level="calibrated",
        profile=profile(focus=focus_part()).model_copy(update={"device": device}),
    )
    with pytest.raises(InputError, match="its generator takes no --profile"):
        source.__enter__()


@pytest.mark.parametrize("fault", ["corrupt", "silent", "unplug"])
def test_a_lens_lost_in_mid_sweep_ends_it_with_code_4_after_all_its_slices(fault: str) -> None:
    sim = SIM.model_copy(update={"lens_fault": fault, "lens_fault_after_s": 0.3})
    options = CaptureConfig(camera="sim", lens="optotune-ld:sim", sim=sim)
    slices = []
    with Acquisition(open_source(options)) as acquisition, pytest.raises(DeviceLostError) as caught:
        slices.extend(acquisition)
    assert caught.value.exit_code == 4
    assert slices
