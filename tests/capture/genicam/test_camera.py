import _ctypes
import itertools
import os
import signal
import sys
import threading
from pathlib import Path

import pytest

from capture.camera import Camera
from capture.camera_listing import describe_cameras
from capture.discovery import first_camera, list_cameras
from capture.genicam.camera import GenicamCamera
from capture.genicam.config import FeatureNames, GenicamConfig
from capture.genicam.listing import list_genicam_cameras
from capture.genicam.nodes import Nodes
from capture.genicam.producers import find_producers, open_harvester
from capture.genicam.rate import frame_rate_hz
from capture.genicam.sdk import load_sdk
from capture.genicam.settings.triggers import can_trigger, set_timing
from capture.genicam.setup import exposure_s
from focstream.clock import now_ns
from focstream.types import DeviceNotFoundError, InputError, MissingPackageError

GREEN = "1"  # serial number of the second of the three simulated cameras


@pytest.fixture(autouse=True)
def no_other_producers(monkeypatch):
    monkeypatch.delenv("GENICAM_GENTL64_PATH", raising=False)


@pytest.fixture
def viky():
    """The simulated GenTL producer that comes with the package genicam."""
    genicam = pytest.importorskip("genicam", reason="needs genicam: pip install genicam")
    pytest.importorskip("harvesters.core", reason="needs harvesters: pip install harvesters")
    path = Path(genicam.__file__).with_name("viky.cti")
    if not path.is_file():
        pytest.skip("needs viky.cti: a genicam wheel that has it, such as genicam==1.6.0")
    return path


def frames_of(camera, count):
    return [frame for frame in (camera.read(5.0) for _ in range(count)) if frame is not None]


def test_cameras_are_listed(viky):
    found = list_genicam_cameras(cti_files=[viky])
    assert [one.selector for one in found] == ["genicam:0", "genicam:1", "genicam:2"]
    assert {(one.kind, one.model) for one in found} == {("genicam", "Viky")}
    assert all(one.vendor for one in found)


def test_the_variable_names_folders(viky, monkeypatch, tmp_path):
    monkeypatch.setenv(
        "GENICAM_GENTL64_PATH", os.pathsep.join([str(tmp_path / "gone"), str(viky.parent), ""])
    )
    assert find_producers() == (viky.resolve(),)
    assert find_producers([viky]) == (viky.resolve(),)
    assert len(list_genicam_cameras()) == 3


def test_without_producers_there_are_no_cameras():
    pytest.importorskip("harvesters.core", reason="needs harvesters: pip install harvesters")
    assert list_genicam_cameras() == ()


def test_discovery_selects_what_the_driver_opens(viky):
    listed = list_cameras(cti_files=[viky])
    assert listed[0].kind == "genicam"
    assert first_camera(cti_files=[viky]) == listed[0].selector
    with GenicamCamera(listed[0].serial, cti_files=[viky]) as camera:
        assert camera.info.name == listed[0].selector


def test_frames_are_copied_counted_and_stamped(viky):
    opened_ns = now_ns()
    camera: Camera = GenicamCamera(GREEN, cti_files=[viky])
    with camera:
        info = camera.info
        frames = frames_of(camera, 5)
    assert (info.name, info.width_px, info.height_px, info.colour) == ("genicam:1", 400, 400, True)
    assert info.frame_rate_hz > 0
    assert len(frames) == 5
    for frame in frames:
        assert frame.image.shape == (400, 400, 3)
        assert frame.image.flags.owndata or frame.image.base.flags.owndata
        assert frame.clock == "host"  # this producer gives no stamps
        assert opened_ns <= frame.exposure_mid_ns <= now_ns()
    ids = [frame.frame_id for frame in frames]
    assert all(after > before for before, after in itertools.pairwise(ids))
    kept = frames[0].image.copy()
    assert (kept == frames[0].image).all()  # the producer is gone by now, the image is not


def test_a_ball_of_the_camera_that_was_asked_for(viky):
    with GenicamCamera(GREEN, cti_files=[viky]) as camera:
        (frame,) = frames_of(camera, 1)
    blue, green, red = frame.image.reshape(-1, 3).T.astype(int)
    coloured = (blue != green) | (green != red)
    assert coloured.any()
    assert (green[coloured] > blue[coloured]).all()
    assert (green[coloured] > red[coloured]).all()


def test_mono_on_demand(viky):
    with GenicamCamera(cti_files=[viky], config=GenicamConfig(pixel_format="Mono8")) as camera:
        assert not camera.info.colour
        (frame,) = frames_of(camera, 1)
    assert frame.image.shape == (400, 400)


def test_a_read_that_does_not_wait_returns(viky):
    with GenicamCamera(cti_files=[viky]) as camera:
        assert [camera.read(0.0) for _ in range(200)].count(None) > 0


def test_it_opens_again_and_again_and_in_another_thread(viky):
    counts = []

    def use():
        with GenicamCamera(cti_files=[viky]) as camera:
            counts.append(len(frames_of(camera, 2)))

    use()
    thread = threading.Thread(target=use)
    thread.start()
    thread.join()
    use()
    assert counts == [2, 2, 2]


def test_ctrl_c_stays_ours(viky):
    before = signal.getsignal(signal.SIGINT)
    with GenicamCamera(cti_files=[viky]):
        assert signal.getsignal(signal.SIGINT) is before
    assert signal.getsignal(signal.SIGINT) is before


def test_an_error_in_the_block_closes_the_camera(viky):
    with pytest.raises(KeyError), GenicamCamera(cti_files=[viky]) as camera:
        raise KeyError
    with pytest.raises(RuntimeError, match="not open"):
        camera.read(0.0)
    with pytest.raises(RuntimeError, match="not open"):
        _ = camera.info
    assert len(list_genicam_cameras(cti_files=[viky])) == 3


def test_a_camera_that_is_not_there_is_an_error_that_names_the_others(viky):
    with pytest.raises(
        DeviceNotFoundError, match=r"genicam:77 is not among .*genicam:0, genicam:1, genicam:2"
    ):
        GenicamCamera("77", cti_files=[viky]).__enter__()


def test_a_camera_in_use_is_an_error(viky):
    with (
        GenicamCamera(cti_files=[viky]),
        pytest.raises(DeviceNotFoundError, match=r"found no camera.*close other programs"),
    ):
        GenicamCamera(cti_files=[viky]).__enter__()


def test_a_format_that_cannot_be_is_an_error_and_closes_the_camera(viky):
    with pytest.raises(DeviceNotFoundError, match="cannot deliver Mono12 images; choose one it offers"):
        GenicamCamera(cti_files=[viky], config=GenicamConfig(pixel_format="Mono12")).__enter__()
    assert len(list_genicam_cameras(cti_files=[viky])) == 3


def test_no_producer_is_an_error_that_says_what_to_install():
    pytest.importorskip("harvesters.core", reason="needs harvesters: pip install harvesters")
    with pytest.raises(DeviceNotFoundError, match=r"no GenTL producer found.*GENICAM_GENTL64_PATH"):
        GenicamCamera().__enter__()


def test_a_bad_producer_file_is_an_error(tmp_path, monkeypatch, caplog):
    text = tmp_path / "text.cti"
    text.write_text("no library")
    with pytest.raises(InputError, match=r"gone\.cti does not exist"):
        find_producers([tmp_path / "gone.cti"])
    with pytest.raises(InputError, match=r"text\.cti cannot be loaded"):
        find_producers([text])
    monkeypatch.setenv("GENICAM_GENTL64_PATH", str(tmp_path))
    assert find_producers() == ()
    assert "it is left out" in caplog.text


def test_a_library_that_is_no_producer_is_an_error_not_a_crash():
    pytest.importorskip("harvesters.core", reason="needs harvesters: pip install harvesters")
    library = Path(_ctypes.__file__)
    with pytest.raises(InputError, match="is no GenTL producer"):
        GenicamCamera(cti_files=[library]).__enter__()


def test_without_the_packages_the_error_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "harvesters.core", None)
    with pytest.raises(MissingPackageError, match=r'package harvesters; pip install "focstream\[genicam\]"$'):
        GenicamCamera().__enter__()
    with pytest.raises(MissingPackageError, match="pip install"):
        list_genicam_cameras()
    assert all(one.kind != "genicam" for one in list_cameras())


def test_features_that_a_camera_lacks_are_nothing_special(viky):
    sdk = load_sdk()
    with open_harvester(sdk, [viky]) as harvester:
        before = signal.getsignal(signal.SIGINT)
        acquirer = harvester.create(0)
        signal.signal(signal.SIGINT, before)
        camera = Nodes(sdk, acquirer.remote_device.node_map)
        set_timing(camera, GenicamConfig(), "free", name="viky")
        names = FeatureNames()
        assert not can_trigger(camera, names)
        assert camera.value("ExposureTime", "Width") == 400
        assert camera.value("ExposureTime") is None
        assert camera.entries("TriggerSelector") == ()
        assert set(camera.entries("PixelFormat")) == {"Mono8", "RGBa8"}
        assert not camera.set("TriggerMode", "Off")
        assert not camera.set("PixelFormat", "Mono12")
        assert exposure_s(camera, names) == 0.0
        assert frame_rate_hz(camera, names) == camera.value("AcquisitionFrameRate")


def test_a_relative_path_is_as_good(focussim, bench, monkeypatch):
    monkeypatch.chdir(focussim.parent)
    assert find_producers([Path(focussim.name)]) == (focussim.resolve(),)


def test_the_list_tells_what_a_camera_can_do(focussim, viky, bench):
    listed = describe_cameras(list_cameras(cti_files=[focussim, viky], abilities=True)).splitlines()
    assert listed[0] == (
        "genicam:FS0001  focstream FocusSim: 640×480 Mono8, software trigger, sequencer, chunks, "
        "focus FocalPower 0 … 10 dpt"
    )
    assert listed[1].endswith("no focus of its own")
    bench.set("rename FocalPower=", "rename FocusStepper=LensPosition")
    names = FeatureNames(focus_steps=("LensPosition",))
    told = describe_cameras(list_cameras(cti_files=[focussim], abilities=True, names=names))
    assert told.endswith("focus LensPosition 0 … 1000 steps")
    bench.set(busy=1)
    assert "in use" in describe_cameras(list_cameras(cti_files=[focussim], abilities=True))
