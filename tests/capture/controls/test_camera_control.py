"""Exposure and gain of a live camera, changed between two sweeps."""

import dataclasses

import numpy as np
import pytest

from capture.camera import CameraSetting
from capture.controls.camera_control import CameraControl
from capture.controls.rig import Rig
from capture.genicam.camera import GenicamCamera
from capture.genicam.config import GenicamConfig
from capture.genicam.lens import GenicamLens
from capture.reconnect import ReconnectConfig, Reconnecting
from capture.simulator.camera.camera import SimulatedCamera
from capture.simulator.config import SimulatorConfig
from capture.simulator.rig import camera_settings, optics_of, scene_of, simulated_lens
from capture.sweep.live import LiveSweep
from capture.sweep.plan import SweepConfig
from focstream.clock import now_ns
from focstream.types import InputError
from tests.capture.controls.changed import sweeps_around

SIM = SimulatorConfig(width_px=32, height_px=24, frame_rate_hz=120.0, noise=False)
SWEEP = SweepConfig(slots=4, far_dpt=0.5, near_dpt=4.5)
MOVING = {"slots": 12, "overscan": 0.15}


def simulated(rig: Rig, sim: SimulatorConfig = SIM, **sweep) -> LiveSweep:
    lens = simulated_lens(sim)
    # however busy the computer is, no frame is overwritten before it is read
    settings = dataclasses.replace(camera_settings(sim), buffers=10_000)
    camera = SimulatedCamera(lens, scene=scene_of(sim), optics=optics_of(sim), settings=settings)
    config = SWEEP.model_copy(update=sweep)
    return LiveSweep(camera, lens, sweep=config, level="calibrated", rig=rig)


def control_of(rig: Rig, name: str) -> CameraControl:
    """Return the control of a camera that is still to be opened."""
    unknown = CameraSetting(name=name, value=0.0, lowest=0.0, highest=0.0, unit="")
    return CameraControl(rig, unknown)


def brightness(sweep) -> list[float]:
    return [float(one.image.mean()) for one in sweep]


@pytest.mark.parametrize(
    "sweep", [{}, {"pace": "camera"}, {"waveform": "triangle", **MOVING}, {"waveform": "sawtooth", **MOVING}]
)
def test_a_sweep_has_one_exposure_and_nothing_is_lost(sweep) -> None:
    rig = Rig()
    source, control = simulated(rig, **sweep), control_of(rig, "exposure")
    sweeps, acquisition, errors = sweeps_around(source, rig, lambda: control.change("2"))
    assert errors == [None]
    assert control.state.text == "2 ms"
    levels = [np.mean(brightness(one)) for one in sweeps]
    jumps = np.abs(np.diff(levels)) > 0.2 * levels[0]
    assert jumps.sum() == 1
    at = int(np.flatnonzero(jumps)[0])
    assert levels[at + 1] == pytest.approx(levels[at] / 2, rel=0.1)
    for one in sweeps:
        assert np.ptp(brightness(one)) < 0.2 * np.mean(brightness(one))
    if not sweep.get("waveform"):  # a busy computer commands a moving lens late, and leaves slices out
        assert acquisition.counts.lost == 0
        assert [len(one) for one in sweeps[:-1]] == [4] * (len(sweeps) - 1)


def test_gain_is_in_decibel_and_goes_over_the_exposure() -> None:
    rig = Rig()
    source = simulated(rig)
    exposure, gain = control_of(rig, "exposure"), control_of(rig, "gain")
    sweeps, _, errors = sweeps_around(
        source, rig, lambda: exposure.change("1 ms"), lambda: gain.change("6.0206")
    )
    assert errors == [None, None]
    assert (gain.state.unit, gain.state.lowest, gain.state.highest) == ("dB", 0.0, 24.0)
    first, last = np.mean(brightness(sweeps[0])), np.mean(brightness(sweeps[-1]))
    assert last == pytest.approx(first / 2, rel=0.05)  # a quarter of the light, twice amplified


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("9", r"exposure: this camera takes 0\.01 … 8\.33333 ms; got 9"),
        ("0", r"takes 0\.01 … 8\.33333 ms; got 0"),
        ("-1", "got -1"),
        ("nan", "takes a number in ms; got 'nan'"),
        ("", "takes a number in ms; got ''"),
        ("1e400", "takes a number"),
        ("5 dB", "takes a number"),
    ],
)
def test_what_the_camera_does_not_take_is_refused_at_once(value: str, says: str) -> None:
    rig = Rig()
    control = control_of(rig, "exposure")
    with simulated(rig):
        with pytest.raises(InputError, match=says):
            control.change(value)
        assert control.state.value == "4"


def test_nobody_waits_for_a_camera_that_is_closed() -> None:
    rig = Rig()
    control = control_of(rig, "exposure")
    with simulated(rig):
        pass
    with pytest.raises(InputError, match="exposure: camera and lens are not there now"):
        control.change("2")
    assert "not there" in control.state.note


def of_genicam(producer, rig: Rig, **config) -> LiveSweep:
    settings = {"height_px": 32, "frame_rate_hz": 100.0, "exposure_us": 500.0, **config}
    camera = GenicamCamera(cti_files=[producer], config=GenicamConfig.model_validate(settings))
    sweep = SweepConfig(slots=4, far_dpt=1.0, near_dpt=9.0)
    return LiveSweep(camera, GenicamLens(camera), sweep=sweep, level="approximate", rig=rig)


@pytest.mark.parametrize("timing", ["software", "free", "sequencer"])
def test_a_genicam_camera_is_set_and_its_sweeps_stay_whole(focussim, bench, timing: str) -> None:
    rig = Rig()
    source = of_genicam(focussim, rig, timing=timing)
    exposure, gain = control_of(rig, "exposure"), control_of(rig, "gain")
    sweeps, acquisition, errors = sweeps_around(
        source, rig, lambda: exposure.change("3"), lambda: gain.change("6")
    )
    assert errors == [None, None]
    assert (exposure.state.text, gain.state.text) == ("3 ms", "6 dB")
    assert acquisition.counts.lost == 0
    assert [[one.tag.slot for one in sweep] for sweep in sweeps[:-1]] == [[0, 1, 2, 3]] * (len(sweeps) - 1)


def test_a_long_exposure_of_a_triggered_camera_is_waited_for(focussim, bench) -> None:
    rig = Rig()
    exposure = control_of(rig, "exposure")
    source = of_genicam(focussim, rig, timing="software")
    _, acquisition, errors = sweeps_around(source, rig, lambda: exposure.change("150"))
    assert errors == [None]
    assert acquisition.counts.lost == 0
    assert acquisition.counts.settling == 0  # a trigger that is fired again gives one too many


@pytest.mark.parametrize("chunks", [True, False])
def test_images_are_stamped_in_the_middle_of_the_new_exposure(focussim, bench, chunks: bool) -> None:
    settings = {"height_px": 32, "exposure_us": 500.0, "timing": "software", "chunks": chunks}
    with GenicamCamera(cti_files=[focussim], config=GenicamConfig.model_validate(settings)) as camera:
        for exposure_s in (0.0005, 0.1, 0.002):
            camera.adjust("exposure", exposure_s)
            off_s = []
            for _ in range(6):
                fired_ns = now_ns()
                camera.trigger()
                frame = camera.read(60.0)
                assert frame is not None
                assert frame.exposure_s == pytest.approx(exposure_s)
                off_s.append((frame.exposure_mid_ns - fired_ns) * 1e-9 - exposure_s / 2)
            # a busy computer fires and reads late, but not each time; 100 ms of exposure would be seen
            assert np.median(off_s) < 0.04
            assert min(off_s) > -0.01


def test_an_exposure_that_would_slow_the_camera_unseen_is_refused(focussim, bench) -> None:
    rig = Rig()
    exposure = control_of(rig, "exposure")
    with of_genicam(focussim, rig, timing="free"):
        assert exposure.state.highest == pytest.approx(10.0)
        with pytest.raises(InputError, match=r"takes 0\.01 … 10 ms; got 11 \(the time from frame"):
            exposure.change("11")


def test_an_automatic_is_off_for_what_is_set_and_is_put_back(focussim, bench) -> None:
    bench.set(auto_gain=1)
    rig = Rig()
    gain = control_of(rig, "gain")
    source = of_genicam(focussim, rig, timing="software")
    sweeps_around(source, rig, lambda: gain.change("6"))
    with GenicamCamera(cti_files=[focussim], config=GenicamConfig(height_px=32)) as camera:
        assert camera.nodes.value("GainAuto") == "Continuous"


def test_the_exposure_holds_when_the_camera_was_lost_and_is_back() -> None:
    rig = Rig()
    exposure = control_of(rig, "exposure")
    inner = simulated(rig)
    source = Reconnecting(inner, config=ReconnectConfig(wait_s=0.01))
    sweeps_around(source, rig, lambda: exposure.change("2"))
    with source:
        assert exposure.state.text == "2 ms"
        image = None
        while image is None:
            found = source.read(1.0)
            image = None if found is None else found.image
    with simulated(Rig()) as fresh:
        before = None
        while before is None:
            found = fresh.read(1.0)
            before = None if found is None else found.image
    assert image.mean() == pytest.approx(before.mean() / 2, rel=0.1)
