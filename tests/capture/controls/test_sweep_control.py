"""Range and slots of a live sweep, changed between two sweeps."""

import numpy as np
import pytest

from capture.controls.rig import Rig
from capture.controls.sweep_control import RangeControl, SlotsControl
from capture.genicam.camera import GenicamCamera
from capture.genicam.config import GenicamConfig
from capture.genicam.lens import GenicamLens
from capture.simulator.rig import open_simulator
from capture.sweep.live import LiveSweep
from capture.sweep.plan import SweepConfig
from focstream.types import FocusScale, InputError
from tests.calibration.profiles import focus_part, profile
from tests.capture.controls.changed import sweeps_around
from tests.capture.controls.test_camera_control import MOVING, SIM, of_genicam, simulated


@pytest.mark.parametrize(("sweep", "many"), [({}, "6"), ({"waveform": "triangle", **MOVING}, "20")])
def test_the_next_sweep_has_the_range_and_the_slots_asked_for(sweep, many: str) -> None:
    rig = Rig()
    source, limits, slots = simulated(rig, **sweep), RangeControl(rig), SlotsControl(rig)
    sweeps, acquisition, errors = sweeps_around(
        source, rig, lambda: limits.change("1 3"), lambda: slots.change(many)
    )
    assert errors == [None, None]
    assert (limits.state.text, limits.state.note) == ("1 3 dpt", "now 0.3333 … 1 m")
    assert slots.state.text == many
    scales = [{one.scale for one in sweep} for sweep in sweeps]
    assert all(len(each) == 1 for each in scales)  # a sweep has one range
    seen = list(dict.fromkeys((scale.far_dpt, scale.near_dpt) for each in scales for scale in each))
    assert seen == [(0.5, 4.5), (1.0, 3.0)]
    for one in sweeps[-1]:
        assert one.scale.to_dpt(one.tag.sweep_coordinate) == pytest.approx(one.tag.focus_dpt)
        assert -0.2 < one.tag.sweep_coordinate < 1.2
    if not sweep:
        lengths = [(len(each), each[0].tag.slots) for each in sweeps]
        assert set(lengths) == {(4, 4), (6, 6)}
        assert lengths == sorted(lengths)
        assert acquisition.counts.lost == 0


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("1 9", r"range: lens sim focuses 0 … 5\.25 dpt; got 9"),
        ("-0.1 3", r"focuses 0 … 5\.25 dpt; got -0\.1"),
        ("3 1", r"far limit 3 must be below the near one 1"),
        ("2 2", "must be below"),
        ("1", "takes the far and the near limit"),
        ("1 2 3", "takes the far and the near limit"),
        ("a b", "takes a number in dpt"),
    ],
)
def test_a_range_that_cannot_be_is_refused_at_once(value: str, says: str) -> None:
    rig = Rig()
    with simulated(rig):
        with pytest.raises(InputError, match=says):
            RangeControl(rig).change(value)
        assert RangeControl(rig).state.value == "0.5 4.5"


@pytest.mark.parametrize("value", ["1", "10001", "2.5", "", "many"])
def test_slots_that_cannot_be_are_refused_at_once(value: str) -> None:
    rig = Rig()
    with simulated(rig), pytest.raises(InputError, match="slots: takes a"):
        SlotsControl(rig).change(value)


def test_a_moving_sweep_that_has_no_room_to_turn_goes_on_as_before() -> None:
    rig = Rig()
    source, limits = simulated(rig, waveform="triangle", **MOVING), RangeControl(rig)
    sweeps, _, errors = sweeps_around(source, rig, lambda: limits.change("0 5.25"))
    assert "lens sim focuses -0.25 … 5.25 dpt, but the sweep with its overscan needs" in str(errors[0])
    assert limits.state.value == "0.5 4.5"
    assert {one.scale for one in sweeps[-1]} == {one.scale for one in sweeps[0]}


def test_a_camera_that_keeps_its_own_time_is_programmed_anew(focussim, bench) -> None:
    rig = Rig()
    source, slots = of_genicam(focussim, rig, timing="sequencer"), SlotsControl(rig)
    sweeps, _, errors = sweeps_around(
        source, rig, lambda: slots.change("6"), lambda: slots.change("5000"), lambda: slots.change("3")
    )
    assert errors[0] is None
    assert errors[1] is not None  # it has 64 sets
    assert errors[2] is None
    assert slots.state.value == "3"
    assert [one.tag.slot for one in sweeps[-2]] == [0, 1, 2]


def test_limits_are_those_that_the_lens_is_calibrated_for() -> None:
    camera, lens, _ = open_simulator(SIM.model_copy(update={"width_px": 64, "height_px": 48}))
    calibration = profile(focus=focus_part(command_range=(0.5, 4.0)))
    sweep, rig = SweepConfig(slots=4, far_dpt=1.0, near_dpt=3.0), Rig()
    source = LiveSweep(camera, lens, sweep=sweep, level="approximate", profile=calibration, rig=rig)
    with source:
        limits = RangeControl(rig)
        highest = calibration.focus.to_dpt(4.0)
        assert limits.state.highest == pytest.approx(highest)
        with pytest.raises(InputError, match=r"lens sim is calibrated for .* got 5"):
            limits.change("1 5")


def test_a_lens_nobody_knows_has_no_dioptres(focussim, bench) -> None:
    camera = GenicamCamera(cti_files=[focussim], config=GenicamConfig(height_px=32))
    rig = Rig()
    sweep = SweepConfig(slots=4, far_dpt=1.0, near_dpt=9.0)
    with LiveSweep(camera, GenicamLens(camera), sweep=sweep, level="uncalibrated", rig=rig):
        assert RangeControl(rig).state.note == ""


def test_the_scale_of_each_map_is_that_of_its_slices() -> None:
    rig = Rig()
    source, limits = simulated(rig), RangeControl(rig)
    sweeps, _, _ = sweeps_around(source, rig, lambda: limits.change("1 3"))
    first, last = sweeps[0][0].scale, sweeps[-1][0].scale
    assert isinstance(first, FocusScale)
    assert np.isclose(last.span_dpt, first.span_dpt / 2)
