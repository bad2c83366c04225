"""The driver against producers that others wrote: viky.cti of genicam 1.6.0, TLSimu.cti of 1.5.0."""

import itertools
import os
from pathlib import Path

import pytest

import run_pipeline
from capture.acquisition import Acquisition
from capture.genicam.camera import GenicamCamera
from capture.genicam.config import GenicamConfig
from capture.genicam.lens import GenicamLens
from capture.simulator.config import SimulatorConfig
from capture.simulator.rig import open_simulator
from capture.sweep.live import LiveSweep
from capture.sweep.plan import SweepConfig
from focstream.types import DeviceNotFoundError

TLSIMU = "TLSIMU_CTI"


@pytest.fixture
def viky():
    genicam = pytest.importorskip("genicam", reason="needs genicam: pip install genicam")
    path = Path(genicam.__file__).with_name("viky.cti")
    if not path.is_file():
        pytest.skip("needs viky.cti: a genicam wheel that has it, such as genicam==1.6.0")
    return path


@pytest.fixture
def tlsimu():
    path = os.environ.get(TLSIMU)
    if path is None:
        pytest.skip(f"needs {TLSIMU}, the path of TLSimu.cti: from the wheel of genicam==1.5.0")
    pytest.importorskip("harvesters.core", reason="needs harvesters: pip install harvesters")
    return Path(path)


def slices_beside_sim(camera, *, count):
    _, lens, _ = open_simulator(SimulatorConfig())
    source = LiveSweep(camera, lens, sweep=SweepConfig(slots=3), level="uncalibrated")
    with Acquisition(source) as acquisition:
        return list(itertools.islice(acquisition, count))


def test_viky_streams_beside_a_simulated_lens(viky):
    slices = slices_beside_sim(GenicamCamera(cti_files=[viky], prefer_trigger=True), count=6)
    assert [one.tag.slot for one in slices] == [0, 1, 2, 0, 1, 2]
    assert {one.tag.clock for one in slices} == {"host"}
    assert {one.scale for one in slices} == {None}


def test_viky_has_no_focus_and_says_so(viky):
    camera = GenicamCamera(cti_files=[viky])
    source = LiveSweep(camera, GenicamLens(camera), sweep=SweepConfig(), level="approximate")
    with pytest.raises(DeviceNotFoundError, match=r"genicam:0 has no focus of its own .*give --lens"):
        source.__enter__()


def test_viky_at_the_command_line(viky, caplog):
    argv = ["--camera", "genicam:1", "--cti", str(viky), "--model", "sharpness", "--publish.no-enabled"]
    assert run_pipeline.main(argv) == 3
    assert "has no focus of its own" in caplog.text
    assert run_pipeline.main([*argv, "--lens", "sim", "--sweep.slots", "3", "--sweeps", "1"]) == 0


def test_tlsimu_exposes_when_triggered_and_only_then(tlsimu):
    config = GenicamConfig(timing="software", pixel_format="Mono8")
    with GenicamCamera(cti_files=[tlsimu], config=config) as camera:
        assert camera.read(0.3) is None
        images = []
        for _ in range(3):
            camera.trigger()
            images.append(camera.read(5.0))
        assert all(frame is not None for frame in images)
        assert camera.read(0.3) is None
    assert {frame.image.dtype.name for frame in images} == {"uint8"}
    assert {frame.clock for frame in images} == {"device"}


def test_tlsimu_sweeps_by_trigger_beside_a_simulated_lens(tlsimu):
    slices = slices_beside_sim(GenicamCamera(cti_files=[tlsimu], prefer_trigger=True), count=6)
    assert [one.tag.slot for one in slices] == [0, 1, 2, 0, 1, 2]
